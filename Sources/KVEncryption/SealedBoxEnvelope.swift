import CSodium
public import KVCache
public import NIOCore
public import RoadRunnerRuntime

/// Encrypts values as RoadRunner's PHP client does, so PHP and Swift can share a storage: libsodium's sealed box around the encoded
/// value (X25519, XSalsa20-Poly1305, 48 bytes longer).
///
/// Anyone who has the public key can write, and moving a value to another key is not detected. Where no PHP reads the storage,
/// ``AEADEnvelope`` is the better choice. PHP must also encode values in the same way, such as JSON on both sides.
///
/// Source: RoadRunner's documentation, "KV plugin", "Value encryption"; libsodium's documentation, "Sealed boxes".
public struct SealedBoxEnvelope: ValueEnvelope {
    private let keypair: BoxKeypair

    /// Creates an envelope with this pair.
    public init(_ keypair: BoxKeypair) { self.keypair = keypair }

    /// The number of bytes by which a sealed value is longer.
    public static let overhead = 48

    public func seal(_ value: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
        try Bytes.transform(value, capacity: value.readableBytes + Self.overhead) { output, input in
            crypto_box_seal(output, input.baseAddress ?? UnsafePointer(output), UInt64(input.count), self.keypair.publicKey) == 0
                ? input.count + Self.overhead : nil
        }
    }

    public func open(_ sealed: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
        guard sealed.readableBytes >= Self.overhead else {
            throw EncryptionError(.unknownFormat, "too short for a sealed box: \(sealed.readableBytes) bytes")
        }
        return try Bytes.transform(sealed, capacity: sealed.readableBytes - Self.overhead) { output, input in
            guard let start = input.baseAddress else { return nil }
            let result = self.keypair.secretKey.withBytes { secretKey in
                crypto_box_seal_open(output, start, UInt64(input.count), self.keypair.publicKey, secretKey)
            }
            return result == 0 ? input.count - Self.overhead : nil
        }
    }

    /// A box does not name its key: it is current if it can be opened.
    public func usesCurrentKey(_ sealed: ByteBuffer) -> Bool { true }
}

extension BootContext {
    /// Returns the envelope with the keypair of `KV_KEYPAIR_PATH`.
    ///
    /// - Returns: nil when it is not set.
    /// - Throws: ``EncryptionError`` when the file cannot be used.
    public func sealedBox() throws -> SealedBoxEnvelope? {
        guard let path = self.options.encryption.keypairPath else { return nil }
        return SealedBoxEnvelope(try BoxKeypair(contentsOf: path, logger: self.logger))
    }
}
