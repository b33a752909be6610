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
