/// Which entry a value belongs to.
public struct EntryName: Sendable, Hashable {
    /// The storage: a key of the section `kv` of `.rr.yaml`.
    public let storage: String
    /// The whole key, with the store's prefix.
    public let key: String

    /// An entry's name.
    public init(storage: String, key: String) {
        self.storage = storage
        self.key = key
    }
}
