import Goridge

/// The combined demands of all waiters on the entry that a computation stores.
struct FlightTerms: Sendable {
    /// The shortest lifetime that a waiter asked for.
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

    /// Whether an entry that is stored on these terms also meets `other`.
    func satisfy(_ other: FlightTerms) -> Bool {
        self.tags.isSuperset(of: other.tags) && self.lifetime.shorter(than: other.lifetime) == self.lifetime
            && (self.allowsEarlyExpiration || !other.allowsEarlyExpiration)
    }
}
