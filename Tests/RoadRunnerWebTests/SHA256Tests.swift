import Testing

@testable import RoadRunnerWeb

@Suite struct SHA256Tests {
    /// FIPS 180-4's examples, by NIST.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func examples(_ text: String, _ digest: String) { #expect(SHA256.hexDigest(text.utf8) == digest) }

    /// A message of every length up to more than three blocks; OpenSSL computed the digest of all digests.
    @Test func everyLength() {
        let digests = (0...200).flatMap { length in SHA256.digest((0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + length) })
        }
        #expect(SHA256.hexDigest(digests) == "e673d33f6940a6d3856d0d305fd88363ae0ba3b96e2411d8ddd5e0dd443f4525")
    }
}
