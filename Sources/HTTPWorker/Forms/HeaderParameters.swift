/// A header value with parameters: `form-data; name="a"; filename*=UTF-8''%C5%BE`.
///
/// Read as Go's `mime.ParseMediaType` does it, which reads the same lines where RoadRunner parses forms.
struct HeaderParameters {
    /// What stands before the parameters, in lower case.
    let value: String
    private var parameters: [String: String] = [:]

    /// More than this is cut off.
    private static let maximumCount = 64

    subscript(name: String) -> String? { self.parameters[name] }

    init(_ text: some StringProtocol) {
        var scanner = HeaderScanner(text)
        self.value = scanner.readUntil(";").lowercased()
        var extended: [String: String] = [:]
        while self.parameters.count < Self.maximumCount, scanner.skip(";") {
            guard let (name, value) = scanner.readParameter() else { continue }
            if name.hasSuffix("*") {
                if let decoded = Self.decodeExtended(value) { extended[String(name.dropLast())] = decoded }
            } else if self.parameters[name] == nil {
                self.parameters[name] = value
            }
        }
        self.parameters.merge(extended) { $1 }
    }

    /// `UTF-8''percent-encoded` (RFC 8187).
    private static func decodeExtended(_ value: String) -> String? {
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, ["utf-8", "us-ascii"].contains(parts[0].lowercased()) else { return nil }
        return PercentEncoding.decode(parts[2].utf8).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Substring {
    /// Without the spaces and tabs around it, as elements of header lists are meant (RFC 9110, section 5.6.1).
    var trimmingSpaces: Substring {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}

/// Reads the parts of header values (RFC 9110, section 5.6).
struct HeaderScanner {
    private var rest: Substring.UTF8View

    init(_ text: some StringProtocol) { self.rest = Substring(text).utf8 }

    var isAtEnd: Bool { self.rest.isEmpty }

    mutating func skipSpaces() {
        while let byte = self.rest.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { self.rest.removeFirst() }
    }

    mutating func skip(_ separator: Unicode.Scalar) -> Bool {
        self.skipSpaces()
        guard self.rest.first == UInt8(ascii: separator) else { return false }
        self.rest.removeFirst()
        return true
    }

    /// The text before `separator`, without spaces around it.
    mutating func readUntil(_ separator: Unicode.Scalar) -> String {
        self.skipSpaces()
        var text = self.rest.prefix { $0 != UInt8(ascii: separator) }
        self.rest = self.rest[text.endIndex...]
        while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// `name=value` or `name="value"`; the name in lower case. What is malformed is skipped up to the next semicolon or comma.
    mutating func readParameter() -> (name: String, value: String)? {
        self.skipSpaces()
        let name = self.rest.prefix { Self.isToken($0) }
        self.rest = self.rest[name.endIndex...]
        guard !name.isEmpty, self.skip("=") else {
            self.rest = self.rest.drop { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }
            return nil
        }
        let value = self.readValue()
        self.rest = self.rest.drop { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }
        return (String(decoding: name, as: UTF8.self).lowercased(), value)
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
            // Browsers write Windows paths without escaping: a backslash stands for itself before what needs no escaping.
            if byte == UInt8(ascii: "\\"), let next = self.rest.first, !Self.isToken(next) {
                value.append(next)
                self.rest.removeFirst()
            } else {
                value.append(byte)
            }
        }
        return String(decoding: value, as: UTF8.self)
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F...0xFF: false
        default: !"()<>@,;:\\\"/[]?=".utf8.contains(byte)
        }
    }
}
