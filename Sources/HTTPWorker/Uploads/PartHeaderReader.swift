import Goridge

/// Reads header lines (RFC 5322, section 2.2); a line that begins with a space continues the one before.
///
/// It refuses the lines that Go's `net/textproto` refuses.
struct PartHeaderReader {
    private var headers: [PartHeader] = []
    /// The line that may continue.
    private var open: [UInt8]?

    /// - Parameter line: the line without its end.
    /// - Returns: all headers, once an empty line has come.
    mutating func read(_ line: ArraySlice<UInt8>) throws(FormError) -> [PartHeader]? {
        if let first = line.first, Self.isSpace(first) {
            guard let open = self.open else { throw Self.malformed }
            self.open = open + [UInt8(ascii: " ")] + line.trimmingSpaces
            return nil
        }
        try self.finish()
        guard !line.isEmpty else { return self.headers }
        guard line.contains(UInt8(ascii: ":")) else { throw Self.malformed }
        self.open = Array(line.trimmingSpaces)
        return nil
    }

    /// Ends the header lines.
    mutating func finish() throws(FormError) {
        guard let line = self.open else { return }
        self.open = nil
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy({ Self.isName($0) }), line[colon...].dropFirst().allSatisfy({ Self.isValue($0) })
        else { throw Self.malformed }
        self.headers.append(
            PartHeader(name: Array(line[..<colon]), value: Array(line[colon...].dropFirst().drop(while: Self.isSpace))))
    }

    private static var malformed: FormError {
        FormError(.malformed, "a part of the multipart form has a malformed header line")
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// A space is accepted, but makes it a different name.
    private static func isName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ")
            || (HeaderScanner.isToken(byte) && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "}"))
    }

    private static func isValue(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == UInt8(ascii: "\t") }
}
