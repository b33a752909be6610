/// Strings in the forms that Sentry accepts; it drops others, with a remark.
enum SentryText {
    /// The value of a tag, or a name: one line of up to 200 characters; nil when nothing is left of it.
    static func line(_ text: String) -> String? {
        let scalars = text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? " " : $0 }
        let line = String(String.UnicodeScalarView(scalars))
        return line.allSatisfy(\.isWhitespace) ? nil : line
    }

    /// The name of a tag.
    static func tagName(_ name: String) -> String {
        let name = name.utf8.prefix(32).map { Self.isTagName($0) ? $0 : UInt8(ascii: "_") }
        return String(decoding: name, as: UTF8.self)
    }

    /// A release or an environment, without slashes, which Sentry rejects; nil when nothing is left of it.
    static func name(_ text: String, maximumLength: Int) -> String? {
        let scalars = text.unicodeScalars.prefix(maximumLength).map { scalar -> Unicode.Scalar in
            scalar == "/" || scalar == "\\" || scalar.properties.generalCategory == .control ? "-" : scalar
        }
        let name = String(String.UnicodeScalarView(scalars))
        return name.allSatisfy(\.isWhitespace) || name == "." || name == ".." ? nil : name
    }

    private static func isTagName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_.:-".utf8.contains(byte)
        }
    }
}
