/// The valid versions of a tag.
struct TagVersions: Sendable {
    struct Version: Sendable {
        let number: UInt64
        /// The version's expiry in milliseconds since 1970; nil for never.
        let expiry: Int64?
        /// Whether it is sealed with the current key.
        let isCurrent: Bool

        /// - Parameter end: the expiry of the entry; nil for never.
        func lasts(until end: Int64?) -> Bool {
            guard let expiry = self.expiry else { return true }
            return end.map { expiry >= $0 } ?? false
        }
    }

    private(set) var slots: [TagSlot: Version] = [:]

    mutating func set(_ version: Version, in slot: TagSlot) { self.slots[slot] = version }

    func contains(_ number: UInt64) -> Bool { self.slots.values.contains { $0.number == number } }

    /// Whether an entry with this version may keep it when keys are rotated.
    func isCurrent(_ number: UInt64) -> Bool { self.slots.values.contains { $0.number == number && $0.isCurrent } }

    /// The version for an entry that lives until `end`: the one that lasts longest.
    func usable(until end: Int64?) -> Version? {
        self.slots.values.filter { $0.isCurrent && $0.lasts(until: end) }
            .max { $1.lasts(until: $0.expiry) && !$0.lasts(until: $1.expiry) }
    }

    /// The slot where a new version invalidates the fewest entries, as those with the version that it replaces become invalid.
    var leastUseful: TagSlot {
        if let free = TagSlot.allCases.first(where: { self.slots[$0] == nil }) { return free }
        let isOld = self.slots.mapValues { !$0.isCurrent }
        let worst = TagSlot.allCases.min { left, right in
            if isOld[left] != isOld[right] { return isOld[left] == true }
            return self.slots[left]?.expiry ?? .max < self.slots[right]?.expiry ?? .max
        }
        return worst ?? .first
    }
}
