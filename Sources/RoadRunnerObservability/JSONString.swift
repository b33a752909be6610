import Goridge

/// Writes strings as JSON.
enum JSONString {
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        Self.append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func append(_ text: String, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            var position = 0
            while position < bytes.count {
                let length = Self.escapedLength(bytes, at: position)
                if length > 0 {
                    json.append(contentsOf: bytes[start..<position])
                    Self.appendEscape(bytes, at: position, to: &json)
                    start = position + length
                }
                position += max(1, length)
            }
            json.append(contentsOf: bytes[start...])
        }
        json.append(UInt8(ascii: "\""))
    }

    /// The number of bytes from `position` on that must be escaped together; 0 for none.
    @inline(__always)
    private static func escapedLength(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int {
        switch bytes[position] {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"): 1
        // U+2028 and U+2029, which end a line in JavaScript.
        case 0xE2 where position + 2 < bytes.count && bytes[position + 1] == 0x80 && bytes[position + 2] & 0xFE == 0xA8: 3
        default: 0
        }
    }

    private static func appendEscape(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int, to json: inout [UInt8]) {
        let escape =
            switch bytes[position] {
            case UInt8(ascii: "\""): "\\\""
            case UInt8(ascii: "\\"): "\\\\"
            case UInt8(ascii: "\n"): "\\n"
            case UInt8(ascii: "\r"): "\\r"
            case UInt8(ascii: "\t"): "\\t"
            case 0xE2: bytes[position + 2] == 0xA8 ? "\\u2028" : "\\u2029"
            case let byte: "\\u00" + byte.hexadecimal
            }
        json.append(contentsOf: escape.utf8)
    }
}
