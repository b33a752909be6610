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

enum Bytes {
    /// - Parameter body: writes to the first buffer and returns the number of bytes; nil when its input is not authentic.
    static func transform(
        _ input: ByteBuffer, capacity: Int, _ body: (UnsafeMutablePointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Int?
    ) throws -> ByteBuffer {
        // libsodium needs an address even for no bytes.
        var output = ByteBuffer()
        var isAuthentic = true
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: max(1, capacity)) { target in
            input.withUnsafeReadableBytes { source in
                guard let place = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
                guard let count = body(place, source.assumingMemoryBound(to: UInt8.self)) else {
                    isAuthentic = false
                    return 0
                }
                return count
            }
        }
        guard isAuthentic else {
            throw EncryptionError(
                .notAuthentic, "it was sealed with another key or for another entry, or was changed")
        }
        return output
    }
}
