/// Reads the parts of header values (RFC 9110, section 5.6).
package struct HeaderScanner {
    private var rest: Substring.UTF8View

    package init(_ text: some StringProtocol) { self.rest = Substring(text).utf8 }

    package var isAtEnd: Bool { self.rest.isEmpty }

    package mutating func skipSpaces() {
        while let byte = self.rest.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { self.rest.removeFirst() }
    }

    package mutating func skip(_ separator: Unicode.Scalar) -> Bool {
        self.skipSpaces()
        guard self.rest.first == UInt8(ascii: separator) else { return false }
        self.rest.removeFirst()
        return true
    }

    /// Reads the string before `separator`, without surrounding spaces.
    package mutating func readUntil(_ separator: Unicode.Scalar) -> String {
        self.skipSpaces()
        var text = self.rest.prefix { $0 != UInt8(ascii: separator) }
        self.rest = self.rest[text.endIndex...]
        while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads `name=value` or `name="value"`; the name in lower case. Malformed input is skipped up to the next semicolon or
    /// comma.
    package mutating func readParameter() -> (name: String, value: String)? {
        self.skipSpaces()
        let name = self.rest.prefix { Self.isToken($0) }
        self.rest = self.rest[name.endIndex...]
        guard !name.isEmpty, self.skip("=") else {
            self.rest = self.rest.drop { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }
            return nil
        }
        let value = self.readValue()
        self.rest = self.rest.drop { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }
        return (Substring(name).asciiLowercased, value)
    }

    private mutating func readValue() -> String {
        self.skipSpaces()
        guard self.rest.first == UInt8(ascii: "\"") else {
            let token = self.rest.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: " ") }
            self.rest = self.rest[token.endIndex...]
            return String(decoding: token, as: UTF8.self)
        }
        self.rest.removeFirst()
        var value: [UInt8] = []
        while let byte = self.rest.popFirst(), byte != UInt8(ascii: "\"") {
            // Browsers write Windows paths without escaping: a backslash before a character that needs no escaping stands for
            // itself.
            if byte == UInt8(ascii: "\\"), let next = self.rest.first, !Self.isToken(next) {
                value.append(next)
                self.rest.removeFirst()
            } else {
                value.append(byte)
            }
        }
        return String(decoding: value, as: UTF8.self)
    }

    package static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F...0xFF: false
        default: !"()<>@,;:\\\"/[]?=".utf8.contains(byte)
        }
    }
}
