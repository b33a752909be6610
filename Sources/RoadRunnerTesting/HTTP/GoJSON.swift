/// Encodes JSON as Go's `encoding/json` does.
enum GoJSON {
    static func joined(_ elements: [[UInt8]], _ opening: String, _ closing: String) -> [UInt8] {
        Array(opening.utf8) + Array(elements.joined(separator: [UInt8(ascii: ",")])) + Array(closing.utf8)
    }

    static func string(_ bytes: [UInt8]) -> [UInt8] {
        var json = [UInt8(ascii: "\"")]
        // Invalid UTF-8 becomes U+FFFD.
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"", "\\": json += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
            case "\u{8}": json += Array(#"\b"#.utf8)
            case "\u{C}": json += Array(#"\f"#.utf8)
            case "\n": json += Array(#"\n"#.utf8)
            case "\r": json += Array(#"\r"#.utf8)
            case "\t": json += Array(#"\t"#.utf8)
            case _ where scalar.value < 0x20 || ["<", ">", "&", "\u{2028}", "\u{2029}"].contains(scalar):
                let digits = String(scalar.value, radix: 16)
                json += Array(#"\u"#.utf8) + Array(repeating: UInt8(ascii: "0"), count: max(0, 4 - digits.utf8.count))
                json += Array(digits.utf8)
            default: json += Array(String(scalar).utf8)
            }
        }
        return json + [UInt8(ascii: "\"")]
    }
}
