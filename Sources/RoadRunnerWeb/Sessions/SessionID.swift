/// Ids of sessions: 256 random bits in base64url.
enum SessionID {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    static let length = 43

    static func make() -> String {
        // The system's generator is cryptographically secure.
        var generator = SystemRandomNumberGenerator()
        var bits = (0..<4).map { _ in generator.next() }
        var characters: [UInt8] = []
        for _ in 0..<Self.length {
            characters.append(Self.alphabet[Int(bits[0] & 63)])
            for index in 0..<4 {
                bits[index] >>= 6
                if index < 3 { bits[index] |= bits[index + 1] << 58 }
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }

    static func isPlausible(_ text: some StringProtocol) -> Bool {
        text.utf8.count == Self.length && text.utf8.allSatisfy { Self.alphabet.contains($0) }
    }
}

/// A session is stored under the hash of its id: reading the store's keys is not enough to take over a session.
struct SessionKeys: Sendable {
    /// The key of the record, which has the values.
    let record: String
    /// The key of the time of the last use, if that was after the last change.
    let seen: String
    /// The key that exists for a session that was destroyed, or got another id.
    let ended: String

    init(_ id: String, prefix: String) {
        self.record = prefix + SHA256.hexDigest(id.utf8)
        self.seen = self.record + ".seen"
        self.ended = self.record + ".ended"
    }
}
