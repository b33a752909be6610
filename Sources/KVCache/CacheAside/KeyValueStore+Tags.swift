import NIOCore

extension KeyValueStore {
    /// Ends every entry that ``value(for:as:expiresIn:tags:options:compute:)`` stored with this tag, at once and in all workers.
    ///
    /// A tag is an entry of the same storage, under the prefix and `~tag~`, that all entries with the tag refer to. When the driver
    /// drops it, those entries end as well.
    public func invalidate(tag: String) async throws { try await self.invalidate(tags: [tag]) }

    /// Ends the entries of several tags, by one call.
    public func invalidate(tags: some Collection<String>) async throws {
        let keys = try Set(tags).map { try self.tagKey($0) }
        guard !keys.isEmpty else { return }
        try await self.backend.remove(keys)
    }

    /// Drops records that have a tag which was invalidated since.
    func withoutInvalidated(_ records: [String: EntryRecord]) async throws -> [String: EntryRecord] {
        let tags = Set(records.values.flatMap { $0.tags.map(\.name) })
        guard !tags.isEmpty else { return records }
        let versions = try await self.versions(tags)
        return records.filter { $0.value.tags.allSatisfy { versions[$0.name] == $0.version } }
    }

    /// The tags as they are now; those that are new are made.
    func current(tags: [String]) async throws -> [EntryRecord.Tag] {
        let tags = Set(tags)
        guard !tags.isEmpty else { return [] }
        guard EntryRecord.isPossible(tags: Array(tags)) else {
            throw KeyValueError(.invalidKey, storage: self.name, "an entry has up to 1,000 tags of 1 to 1,000 bytes each")
        }
        var versions = try await self.versions(tags)
        var made: [(key: String, record: EntryRecord)] = []
        for tag in tags where versions[tag] == nil {
            let version = UInt64.random(in: .min ... .max)
            versions[tag] = version
            made.append((try self.tagKey(tag), EntryRecord(value: ByteBuffer(integer: version))))
        }
        try await self.store(made, lifetime: .unlimited)
        return versions.sorted { $0.key < $1.key }.map { EntryRecord.Tag(name: $0.key, version: $0.value) }
    }

    private func versions(_ tags: Set<String>) async throws -> [String: UInt64] {
        let keys = try Dictionary(uniqueKeysWithValues: tags.map { (try self.tagKey($0), $0) })
        var versions: [String: UInt64] = [:]
        for (key, stored) in try await self.backend.get(Array(keys.keys)) {
            let value = try self.open(stored, key).value
            if let tag = keys[key], value.readableBytes == 8 { versions[tag] = value.getInteger(at: value.readerIndex) }
        }
        return versions
    }

    private func tagKey(_ tag: String) throws -> String { try self.fullKey("~tag~" + tag) }
}
