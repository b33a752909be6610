import CSodium
public import Logging

/// The keys of a sealed box.
///
/// A key file has 64 raw bytes, the secret key and then the public key, as PHP's `sodium_crypto_box_keypair()` returns them and
/// RoadRunner's PHP client reads them.
public struct BoxKeypair: Sendable, CustomStringConvertible {
    /// The length of a key, in bytes.
    public static let keyLength = 32

    let secretKey: Secret
    /// The public key: 32 bytes, which need not be kept secret.
    public let publicKey: [UInt8]

    /// Creates a new pair.
    public init() throws {
        var publicKey = [UInt8](repeating: 0, count: Self.keyLength)
        self.secretKey = try Secret(count: Self.keyLength) { secret in
            guard let place = secret.baseAddress else { return }
            crypto_box_keypair(&publicKey, place)
        }
        self.publicKey = publicKey
    }

    /// Creates a pair from 64 raw bytes.
    ///
    /// - Throws: ``EncryptionError``.
    public init(bytes: some Collection<UInt8>) throws {
        guard bytes.count == 2 * Self.keyLength else {
            throw EncryptionError(.wrongLength, "a keypair has \(2 * Self.keyLength) bytes, not \(bytes.count)")
        }
        try self.init(pair: Secret(count: 2 * Self.keyLength) { _ = $0.update(fromContentsOf: bytes) }, source: "the keypair")
    }

    /// Reads a key file.
    ///
    /// - Parameters:
    ///   - path: the file's path, relative to the working directory.
    ///   - logger: logs a warning if others than the owner can read the file.
    /// - Throws: ``EncryptionError``.
    public init(contentsOf path: String, logger: Logger? = nil) throws {
        let remedy = """
            BoxKeypair().write(to: "\(path)") in Swift, or file_put_contents("\(path)", sodium_crypto_box_keypair()) in PHP; both sides \
            of a storage need the same file
            """
        try self.init(
            pair: KeyFile.load(path, count: 2 * Self.keyLength, remedy: remedy, logger: logger), source: "the key file \(path)")
    }

    private init(pair: Secret, source: String) throws {
        self.publicKey = pair.withBytes { Array(UnsafeBufferPointer(start: $0 + Self.keyLength, count: Self.keyLength)) }
        self.secretKey = try Secret(count: Self.keyLength) { secret in
            pair.withBytes { _ = secret.update(fromContentsOf: UnsafeBufferPointer(start: $0, count: Self.keyLength)) }
        }
        var derived = [UInt8](repeating: 0, count: Self.keyLength)
        let result = self.secretKey.withBytes { crypto_scalarmult_base(&derived, $0) }
        guard result == 0, derived == self.publicKey else {
            throw EncryptionError(
                .mismatchedKeys,
                "\(source) is not a keypair: it must contain the secret key, followed by its public key")
        }
    }

    /// Creates a key file that only its owner can read. It never replaces another.
    public func write(to path: String) throws {
        let publicKey = try Secret(count: Self.keyLength) { _ = $0.update(fromContentsOf: self.publicKey) }
        try KeyFile.create(path, [self.secretKey, publicKey])
    }

    public var description: String { "(keypair)" }
}
