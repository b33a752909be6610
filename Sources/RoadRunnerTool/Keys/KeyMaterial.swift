import Crypto

/// New keys, as bytes that the product `KVEncryption` reads.
enum KeyMaterial {
    /// A key of an `AEADEnvelope`.
    static func key() -> [UInt8] {
        SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    }

    /// The keys of a sealed box: the secret key and the public key.
    static func keypair() -> (secret: [UInt8], public: [UInt8]) {
        let key = Curve25519.KeyAgreement.PrivateKey()
        return (Array(key.rawRepresentation), Array(key.publicKey.rawRepresentation))
    }

    /// Whether 64 bytes are a secret key and its public key.
    static func isKeypair(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 64, let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes.prefix(32)) else {
            return false
        }
        return Array(key.publicKey.rawRepresentation) == Array(bytes.suffix(32))
    }
}
