import Goridge

/// A write or removal; computations that read the old values may be in flight.
enum StorageChange: Sendable {
    /// Complete keys, prefix included.
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
