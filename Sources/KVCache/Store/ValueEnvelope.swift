public import NIOCore

/// Seals encoded values before they are stored, and opens them when they are read: the product `KVEncryption` has two.
///
/// Keys are not covered: RoadRunner and its driver see them.
public protocol ValueEnvelope: Sendable {
    /// The bytes to store.
    func seal(_ value: ByteBuffer, for entry: EntryName) throws -> ByteBuffer

    /// Returns the bytes that ``seal(_:for:)`` was given.
    ///
    /// - Throws: when they do not open; never answers anything else than what was sealed.
    func open(_ sealed: ByteBuffer, for entry: EntryName) throws -> ByteBuffer

    /// Whether ``seal(_:for:)`` would use the same key again. `KeyValueStore.reencrypt(_:)` leaves such values alone.
    func usesCurrentKey(_ sealed: ByteBuffer) -> Bool
}
