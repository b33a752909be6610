import Goridge
import NIOCore

extension KeyValueStore {
    /// Invalidates every entry that `value(for:as:timeToLive:tags:options:compute:)` stored with this tag, at once and in all
    /// workers.
    ///
    /// A tag consists of up to four entries of the same storage, under the prefix and `~tag`, to which all entries with the tag
    /// refer. They outlive those; when the driver evicts them, or their encryption key is removed, the entries with the tag are
    /// invalid as well.
    public func invalidate(tag: String) async throws { try await self.invalidate(tags: [tag]) }

    /// Invalidates the entries of several tags, by one call.
    public func invalidate(tags: some Collection<String>) async throws {
        let tags = Set(tags.map { ExactString($0) })
        guard !tags.isEmpty else { return }
        let keys = try self.tagKeys(tags).keys.map(\.text)
        try await self.flights.change(.tags(prefix: ExactString(self.prefix), tags)) { try await self.backend.remove(keys) }
    }

    /// Drops records with a tag that was invalidated after they were stored.
    func withoutInvalidated(_ records: [ExactString: EntryRecord]) async throws -> [ExactString: EntryRecord] {
        let tags = Set(records.values.flatMap { $0.tags.map(\.name) })
        guard !tags.isEmpty else { return records }
        let versions = try await self.versions(tags)
        return records.filter { Self.isValid($0.value, versions) }
    }

    static func isValid(_ record: EntryRecord, _ versions: [ExactString: TagVersions]) -> Bool {
        record.tags.allSatisfy { versions[$0.name]?.contains($0.version) ?? false }
    }

    /// Returns the present versions of the tags, for an entry that is about to be computed; tags that are new, expire too early, or
    /// are sealed with an older key get a new version.
    func current(tags: Set<ExactString>, for lifetime: EntryLifetime) async throws -> [EntryRecord.Tag] {
        guard !tags.isEmpty else { return [] }
        guard EntryRecord.isPossible(tags: tags) else {
            throw KeyValueError(.invalidKey, storage: self.name, "an entry has up to 1,000 tags of 1 to 1,000 bytes each")
        }
        let end = lifetime.end(now: self.now()).map { Expiry.milliseconds($0) + Self.tagMargin }
        let life = self.tagLifetime(until: end)
        let expiry = life.end(now: self.now()).map { Expiry.milliseconds($0) }
        let versions = try await self.versions(tags)
        var current: [EntryRecord.Tag] = []
        var made: [(key: String, record: EntryRecord)] = []
        for tag in tags {
            let known = versions[tag] ?? TagVersions()
            if let usable = known.usable(until: end) {
                current.append(EntryRecord.Tag(name: tag, version: usable.number))
                continue
            }
            let number = UInt64.random(in: .min ... .max)
            current.append(EntryRecord.Tag(name: tag, version: number))
            let record = EntryRecord(value: ByteBuffer(integer: number), expiry: expiry)
            made.append((try self.fullKey(known.leastUseful.key(tag)), record))
        }
        try await self.store(made, lifetime: life)
        return current.sorted { $0.name.text < $1.name.text }
    }

    /// An allowance for the time that computing takes, in milliseconds.
    private static var tagMargin: Int64 { 600_000 }

    /// Twice the time needed: entries that expire in the first half need no new version, and when less than half of the next
    /// version's life is left, the first has expired, together with all entries that have it.
    ///
    /// - Parameter end: the entry's expiry, in milliseconds since 1970.
    private func tagLifetime(until end: Int64?) -> EntryLifetime {
        guard let end else { return .unlimited }
        let life = Duration.milliseconds(end.subtractingReportingOverflow(self.milliseconds).partialValue) * 2
        return Expiry.date(after: life, now: self.now()) == nil ? .unlimited : .limited(life)
    }

    /// Returns the versions of the tags. A version that cannot be opened counts as expired.
    func versions(_ tags: Set<ExactString>) async throws -> [ExactString: TagVersions] {
        let keys = try self.tagKeys(tags)
        var versions: [ExactString: TagVersions] = [:]
        let now = self.milliseconds
        for (key, stored) in try await self.backend.get(keys.keys.map(\.text)) {
            guard let (tag, slot) = keys[key], let record = try? self.open(stored, key.text), record.value.readableBytes == 8,
                let number: UInt64 = record.value.getInteger(at: record.value.readerIndex)
            else { continue }
            let version = TagVersions.Version(
                number: number, expiry: record.expiry, isCurrent: self.envelope?.usesCurrentKey(stored) ?? true)
            if version.lasts(until: now &+ 1) { versions[tag, default: TagVersions()].set(version, in: slot) }
        }
        return versions
    }

    private func tagKeys(_ tags: Set<ExactString>) throws -> [ExactString: (tag: ExactString, slot: TagSlot)] {
        var keys: [ExactString: (tag: ExactString, slot: TagSlot)] = [:]
        for tag in tags {
            for slot in TagSlot.allCases { keys[ExactString(try self.fullKey(slot.key(tag)))] = (tag, slot) }
        }
        return keys
    }
}
