import CSodium
public import Logging

/// A secret key of a ``AEADEnvelope``: 32 bytes.
public struct EncryptionKey: Sendable, CustomStringConvertible {
    /// The length of a key, in bytes.
    public static let length = 32

    let secret: Secret
    /// Identifies the key in the values that it sealed, without revealing anything about it.
    let id: UInt64

    /// Creates a new key.
    public init() throws {
        try self.init(
            secret: Secret(count: Self.length) { secret in
                if let place = secret.baseAddress { randombytes_buf(place, secret.count) }
            })
    }

    /// Creates a key from 32 raw bytes.
    ///
    /// - Throws: ``EncryptionError``.
    public init(bytes: some Collection<UInt8>) throws {
        guard bytes.count == Self.length else {
            throw EncryptionError(.wrongLength, "a key has \(Self.length) bytes, not \(bytes.count)")
        }
        try self.init(secret: Secret(count: Self.length) { _ = $0.update(fromContentsOf: bytes) })
    }

    /// Reads a key file of 32 raw bytes.
    ///
    /// - Parameters:
    ///   - path: the file's path, relative to the working directory.
    ///   - logger: logs a warning if others than the owner can read the file.
    /// - Throws: ``EncryptionError``.
    public init(contentsOf path: String, logger: Logger? = nil) throws {
        let remedy = """
            pass creatingIfMissing: true, or call EncryptionKey().write(to: "\(path)") once; all processes of a storage need the same \
            file
            """
        try self.init(secret: KeyFile.load(path, count: Self.length, remedy: remedy, logger: logger))
    }

    /// Reads a key file, and creates it first if there is none. Processes that start together get the same key.
    public init(contentsOf path: String, creatingIfMissing: Bool, logger: Logger? = nil) throws {
        do {
            try self.init(contentsOf: path, logger: logger)
        } catch let error as EncryptionError where error.code == .missingFile && creatingIfMissing {
            do {
                try EncryptionKey().write(to: path)
            } catch let error as EncryptionError where error.code == .fileExists {
                // Another process was faster.
            }
            try self.init(contentsOf: path, logger: logger)
        }
    }

    private init(secret: Secret) throws {
        self.secret = secret
        var hash = [UInt8](repeating: 0, count: 16)
        let context = Array("roadrunner-swift key id".utf8)
        let result = secret.withBytes { key in
            crypto_generichash(&hash, hash.count, context, UInt64(context.count), key, Self.length)
        }
        guard result == 0 else { throw EncryptionError(.unavailable, "libsodium cannot compute a key's id") }
        self.id = hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Creates a key file that only its owner can read. It never replaces another.
    public func write(to path: String) throws { try KeyFile.create(path, [self.secret]) }

    public var description: String { "(storage key)" }
}
