public import NIOCore

/// Seals encoded values before they are stored, and opens them when they are read. The product `KVEncryption` has two envelopes.
///
/// Keys are not covered: RoadRunner and its driver see them.
public protocol ValueEnvelope: Sendable {
    /// Returns the bytes to store.
    func seal(_ value: ByteBuffer, for entry: EntryName) throws -> ByteBuffer

    /// Returns the bytes that ``seal(_:for:)`` was given.
    ///
    /// - Throws: when they cannot be opened; it never returns anything but the sealed bytes.
    func open(_ sealed: ByteBuffer, for entry: EntryName) throws -> ByteBuffer

    /// Whether ``seal(_:for:)`` would use the same key again. `KeyValueStore.reencrypt(_:)` skips such values.
    func usesCurrentKey(_ sealed: ByteBuffer) -> Bool
}
