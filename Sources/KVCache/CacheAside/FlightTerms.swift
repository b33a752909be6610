import Goridge

/// The combined demands of all waiters on the entry that a computation stores.
struct FlightTerms: Sendable {
    /// The shortest that anybody wants.
    private(set) var lifetime: EntryLifetime
    private(set) var tags: Set<ExactString>
    /// Whether the entry must remember how long it took to compute.
    private(set) var allowsEarlyExpiration: Bool

    init(lifetime: EntryLifetime = .unlimited, tags: Set<ExactString> = [], allowsEarlyExpiration: Bool = false) {
        self.lifetime = lifetime
        self.tags = tags
        self.allowsEarlyExpiration = allowsEarlyExpiration
    }

    mutating func add(_ other: FlightTerms) {
        self.lifetime = self.lifetime.shorter(than: other.lifetime)
        self.tags.formUnion(other.tags)
        self.allowsEarlyExpiration = self.allowsEarlyExpiration || other.allowsEarlyExpiration
    }

    /// Whether who wants `other` gets it from an entry that is stored on these terms.
    func satisfy(_ other: FlightTerms) -> Bool {
        self.tags.isSuperset(of: other.tags) && self.lifetime.shorter(than: other.lifetime) == self.lifetime
            && (self.allowsEarlyExpiration || !other.allowsEarlyExpiration)
    }
}

/// A write or removal, while computations may be under way that have read the old values.
enum StorageChange: Sendable {
    /// Whole keys, with their prefix.
    case keys(Set<ExactString>)
    /// The tags of stores with a prefix.
    case tags(prefix: ExactString, Set<ExactString>)
    case everything

    func touches(_ key: SingleFlight.Key, _ tags: Set<ExactString>) -> Bool {
        switch self {
        case .keys(let keys): keys.contains(key.name)
        case .tags(let prefix, let changed): key.prefix == prefix && !tags.isDisjoint(with: changed)
        case .everything: true
        }
    }
}
