/// A strictly parsed `name=value` or `name="value"`: nil for anything malformed.
///
/// For values where a part must not be accepted for the whole; ``HeaderParameters`` is lenient.
package struct HeaderPair {
    /// The name, in lower case.
    package let name: String
    /// The value, without the quotes and backslashes of a quoted string.
    package let value: String

    package init?(_ text: Substring) {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals > text.startIndex,
            text.utf8[..<equals].allSatisfy(HeaderScanner.isToken)
        else { return nil }
        let value = text.utf8[text.utf8.index(after: equals)...]
        guard let bytes = value.first == UInt8(ascii: "\"") ? Self.unquoted(value.dropFirst()) : Self.unquotedToken(value)
        else { return nil }
        self.name = text[..<equals].asciiLowercased
        self.value = String(decoding: bytes, as: UTF8.self)
    }

    /// Addresses with colons and brackets should be in quotes, but often are not.
    private static func unquotedToken(_ bytes: Substring.UTF8View) -> [UInt8]? {
        let isToken = bytes.allSatisfy { HeaderScanner.isToken($0) || ":[]".utf8.contains($0) }
        return isToken && !bytes.isEmpty ? Array(bytes) : nil
    }

    /// - Parameter bytes: the bytes after the opening quote. The closing one must be the last byte.
    private static func unquoted(_ bytes: Substring.UTF8View) -> [UInt8]? {
        var rest = bytes
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return rest.isEmpty ? value : nil
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), Self.isText(escaped) else { return nil }
                value.append(escaped)
            default:
                guard Self.isText(byte) else { return nil }
                value.append(byte)
            }
        }
        return nil
    }

    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || (byte >= 0x20 && byte != 0x7F) }
}
