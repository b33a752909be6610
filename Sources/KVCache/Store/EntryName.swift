/// The name of the entry that a value belongs to.
public struct EntryName: Sendable, Hashable {
    /// The storage: a key of the section `kv` of `.rr.yaml`.
    public let storage: String
    /// The complete key, with the store's prefix.
    public let key: String

    /// Creates the name of an entry.
    public init(storage: String, key: String) {
        self.storage = storage
        self.key = key
    }
}
