import CSodium
public import KVCache
public import NIOCore

/// Encrypts values with XChaCha20-Poly1305, bound to their entry by the storage's name and the key as additional data. Sealed
/// values are 49 bytes longer.
///
/// A value that was changed, or moved to another key or storage, cannot be opened. Replaying an older value of the same key is not
/// detected. Keys and the lengths of values are visible.
///
/// Format: version 1 (1 byte), the key's id (8), nonce (24), encrypted value, tag (16). Source: libsodium's documentation,
/// "XChaCha20-Poly1305 construction".
public struct AEADEnvelope: ValueEnvelope {
    /// The number of bytes by which a sealed value is longer.
    public static let overhead = headLength + nonceLength + tagLength
    private static let version: UInt8 = 1
    private static let headLength = 9
    private static let nonceLength = 24
    private static let tagLength = 16

    private let key: EncryptionKey
    private let keys: [UInt64: EncryptionKey]

    /// Creates an envelope that seals with `key`.
    ///
    /// - Parameter older: previous keys, which still open the values that they sealed. To rotate, add a new key, call `reencrypt`
    ///   for the keys that you know, and drop the old one.
    public init(key: EncryptionKey, older: [EncryptionKey] = []) {
        self.key = key
        self.keys = Dictionary(([key] + older).map { ($0.id, $0) }) { first, _ in first }
    }

    public func seal(_ value: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
        let head = Self.head(self.key.id)
        let context = Self.context(head, entry)
        return try Bytes.transform(value, capacity: value.readableBytes + Self.overhead) { output, input in
            for (index, byte) in head.enumerated() { output[index] = byte }
            let nonce = output + Self.headLength
            randombytes_buf(nonce, Self.nonceLength)
            var count: UInt64 = 0
            let result = self.key.secret.withBytes { secret in
                crypto_aead_xchacha20poly1305_ietf_encrypt(
                    nonce + Self.nonceLength, &count, input.baseAddress, UInt64(input.count), context, UInt64(context.count), nil,
                    nonce, secret)
            }
            return result == 0 ? Self.headLength + Self.nonceLength + Int(count) : nil
        }
    }

    public func open(_ sealed: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
        guard sealed.readableBytes >= Self.overhead, let version: UInt8 = sealed.getInteger(at: sealed.readerIndex),
            let id: UInt64 = sealed.getInteger(at: sealed.readerIndex + 1)
        else {
            throw EncryptionError(.unknownFormat, "too short for a sealed value: \(sealed.readableBytes) bytes")
        }
        guard version == Self.version else {
            throw EncryptionError(.unknownFormat, "it was not sealed by this envelope, or by a later version of it (\(version))")
        }
        guard let key = self.keys[id] else {
            throw EncryptionError(.unknownKey, "it was sealed with an unknown key; add that key to the older keys")
        }
        let context = Self.context(Self.head(id), entry)
        return try Bytes.transform(sealed, capacity: sealed.readableBytes - Self.overhead) { output, input in
            guard let start = input.baseAddress else { return nil }
            let nonce = start + Self.headLength
            let text = nonce + Self.nonceLength
            var count: UInt64 = 0
            let result = key.secret.withBytes { secret in
                crypto_aead_xchacha20poly1305_ietf_decrypt(
                    output, &count, nil, text, UInt64(input.count - Self.headLength - Self.nonceLength), context,
                    UInt64(context.count), nonce, secret)
            }
            return result == 0 ? Int(count) : nil
        }
    }

    public func usesCurrentKey(_ sealed: ByteBuffer) -> Bool {
        sealed.getBytes(at: sealed.readerIndex, length: Self.headLength) == Self.head(self.key.id)
    }

    private static func head(_ id: UInt64) -> [UInt8] {
        [Self.version] + (0..<8).map { UInt8(truncatingIfNeeded: id >> (56 - 8 * $0)) }
    }

    /// The additional data to which a value is bound. Lengths distinguish the storage "a" with the key "bc" from the storage "ab"
    /// with the key "c".
    private static func context(_ head: [UInt8], _ entry: EntryName) -> [UInt8] {
        var context = head
        for text in [entry.storage, entry.key] {
            let bytes = Array(text.utf8)
            context += (0..<8).map { UInt8(truncatingIfNeeded: UInt64(bytes.count) >> (56 - 8 * $0)) }
            context += bytes
        }
        return context
    }
}
