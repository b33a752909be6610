/// A key as it appears in errors, which are logged and reported: never complete, since it may be a secret or contain a person's
/// data.
///
/// It consists of the word with which the key begins, such as `user:`, and a fingerprint that identifies lines about the same key.
/// The fingerprint has 32 bits: too few to reveal a random key.
struct KeyLabel: CustomStringConvertible {
    private static let maximumWord = 24
    private static let separators = Array(":/.#|".utf8)

    let description: String

    init(_ key: String) {
        self.description = "\"\(Self.beginning(of: key))…\" (fingerprint \(Self.fingerprint(of: key)))"
    }

    private static func beginning(of key: String) -> String {
        let word = key.utf8.prefix(while: Self.isWordByte)
        let rest = key.utf8.dropFirst(word.count)
        if (1...Self.maximumWord).contains(word.count), rest.count > 1, let first = rest.first, Self.separators.contains(first) {
            return String(decoding: word, as: UTF8.self) + String(Unicode.Scalar(first))
        }
        return String(decoding: word.prefix(min(4, key.utf8.count / 4)), as: UTF8.self)
    }

    /// Digits are excluded: a word that has some may be an id.
    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func fingerprint(of key: String) -> String {
        let hash = LockName.hash(key)
        let text = String(UInt32(truncatingIfNeeded: hash ^ (hash >> 32)), radix: 16)
        return String(repeating: "0", count: 8 - text.utf8.count) + text
    }
}
