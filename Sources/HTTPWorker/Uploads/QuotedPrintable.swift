import NIOCore

/// Decodes quoted-printable (RFC 2045, section 6.7) line by line.
///
/// RFC 7578 deprecates it in forms; but Go decodes it, and so does RoadRunner. It accepts what Go accepts: an equals sign that
/// does not begin a code stands for itself, and so do bytes outside ASCII.
struct QuotedPrintable {
    /// The size of Go's buffer.
    private static let maximumLineBytes = 4096

    private var line: [UInt8] = []

    mutating func decode(_ bytes: ByteBuffer) throws(FormError) -> ByteBuffer {
        var decoded = ByteBuffer()
        var view = bytes.readableBytesView
        while let end = view.firstIndex(of: UInt8(ascii: "\n")) {
            self.line += view[...end]
            view = view[(end + 1)...]
            try self.decodeLine(isLast: false, into: &decoded)
        }
        self.line += view
        try self.checkLength()
        return decoded
    }

    /// Ends the part.
    mutating func finish() throws(FormError) -> ByteBuffer {
        var decoded = ByteBuffer()
        try self.decodeLine(isLast: true, into: &decoded)
        return decoded
    }

    private func checkLength() throws(FormError) {
        guard self.line.count <= Self.maximumLineBytes else { throw Self.malformed }
    }

    private static var malformed: FormError {
        FormError(.malformed, "a part of the multipart form is not valid quoted-printable")
    }

    private mutating func decodeLine(isLast: Bool, into decoded: inout ByteBuffer) throws(FormError) {
        try self.checkLength()
        defer { self.line = [] }
        var text = self.line[...]
        while let last = text.last, " \t\r\n".utf8.contains(last) { text.removeLast() }
        var ending = ""
        if text.last == UInt8(ascii: "=") {
            // The line continues in the next one.
            let after = self.line[text.endIndex...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            text.removeLast()
            guard after.starts(with: "\n".utf8) || after.starts(with: "\r\n".utf8) || (after.isEmpty && !text.isEmpty && isLast)
            else { throw Self.malformed }
        } else if !isLast {
            ending = self.line.suffix(2).elementsEqual("\r\n".utf8) ? "\r\n" : "\n"
        }
        try Self.decode(text, into: &decoded)
        decoded.writeString(ending)
    }

    private static func decode(_ text: ArraySlice<UInt8>, into decoded: inout ByteBuffer) throws(FormError) {
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "="):
                if let code = PercentEncoding.byte(rest.prefix(2)) {
                    decoded.writeInteger(code)
                    rest = rest.dropFirst(2)
                } else if let next = rest.first, next != UInt8(ascii: "\r"), next != UInt8(ascii: "\n") {
                    decoded.writeInteger(byte)
                } else {
                    throw Self.malformed
                }
            case UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), 0x20...0x7E, 0x80...0xFF: decoded.writeInteger(byte)
            default: throw Self.malformed
            }
        }
    }
}
