import Goridge

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension KeyValueStore {
    /// Reseals values whose envelope is not the one that ``ValueEnvelope/seal(_:for:)`` makes now, such as those under an older
    /// key. Their tags get new versions if they are sealed with an older key.
    ///
    /// RoadRunner has no list of keys: the caller must know them. A concurrent write or removal by another process may be undone.
    ///
    /// - Parameter timeToLive: the new time to live of entries whose expiry the driver cannot report, as with memcached; entries
    ///   with their own expiry keep it. nil makes such an entry an error.
    /// - Returns: the number of resealed values.
    /// - Throws: ``KeyValueError/Code/unsupported`` when an expiry is not known and `timeToLive` is nil.
    @discardableResult
    public func reencrypt(_ keys: some Collection<String>, timeToLive: Duration? = nil) async throws -> Int {
        let keys = try self.fullKeys(keys).map(\.full)
        guard self.envelope != nil, !keys.isEmpty else { return 0 }
        let fallback = try timeToLive.map { try self.lifetime($0) }
        return try await self.flights.change(.keys(Set(keys.map { ExactString($0) }))) {
            let old = try await self.outdated(keys)
            guard !old.isEmpty else { return 0 }
            let lifetimes = try await self.lifetimes(old, fallback)
            let tagged = old.filter { !$0.value.tags.isEmpty }
            let tags = Set(tagged.values.flatMap { $0.tags.map(\.name) })
            // The new versions come before the check for valid records: a tag that is invalidated after that removes them.
            let ends = tagged.keys.map { (lifetimes[$0] ?? .unlimited).end(now: self.now()) }
            let longest = ends.contains(nil) ? EntryLifetime.unlimited : .ending(ends.compactMap { $0 }.max() ?? self.now())
            let current = try await self.current(tags: tags, for: longest)
            let versions = Dictionary(current.map { ($0.name, $0) }) { first, _ in first }
            // Entries that expired meanwhile must not come back.
            let valid = try await self.outdated(keys)
            var count = 0
            for (key, record) in valid where record.tags.allSatisfy({ versions[$0.name] != nil }) {
                var record = record
                record.tags = record.tags.compactMap { versions[$0.name] }
                guard let lifetime = lifetimes[key] else { continue }
                try await self.store([(key.text, record)], lifetime: lifetime)
                count += 1
            }
            return count
        }
    }

    /// The records that are sealed with an older key, or have a tag that is. Expired ones are omitted.
    private func outdated(_ keys: [String]) async throws -> [ExactString: EntryRecord] {
        let stored = try await self.backend.get(keys)
        var records: [ExactString: EntryRecord] = [:]
        for (key, bytes) in stored { records[key] = try self.live(self.open(bytes, key.text)) }
        let versions = try await self.versions(Set(records.values.flatMap { $0.tags.map(\.name) }))
        return records.filter { key, record in
            guard Self.isValid(record, versions) else { return false }
            let isCurrent = stored[key].map { self.envelope?.usesCurrentKey($0) ?? true } ?? true
            return !isCurrent || !record.tags.allSatisfy { versions[$0.name]?.isCurrent($0.version) ?? false }
        }
    }

    /// The remaining lifetimes: the records' own expiry, or the one that the driver reports.
    private func lifetimes(
        _ records: [ExactString: EntryRecord], _ fallback: EntryLifetime?
    ) async throws -> [ExactString: EntryLifetime] {
        var lifetimes = records.compactMapValues { record in
            record.expiry.map { EntryLifetime.ending(Date(timeIntervalSince1970: Double($0) / 1000)) }
        }
        let others = records.keys.filter { lifetimes[$0] == nil }
        guard !others.isEmpty else { return lifetimes }
        do {
            let ends = try await self.backend.expiries(others.map(\.text))
            for key in others { lifetimes[key] = ends[key].map { .ending($0) } ?? .unlimited }
        } catch let error as RPCError where error.code == .unsupported {
            guard let fallback else {
                throw KeyValueError(
                    .unsupported, storage: self.name,
                    "the driver cannot report when entries expire: resealed values would last for ever or expire too early. "
                        + "Pass their time to live as timeToLive, or store them again",
                    underlying: error)
            }
            for key in others { lifetimes[key] = fallback }
        }
        return lifetimes
    }
}
