import Goridge

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension KeyValueStore {
    /// Removes an entry, if it exists.
    public func remove(_ key: String) async throws { try await self.remove([key]) }

    /// Removes those entries that exist. An empty collection makes no call.
    public func remove(_ keys: some Collection<String>) async throws {
        let keys = try self.fullKeys(keys).map(\.full)
        guard !keys.isEmpty else { return }
        try await self.flights.change(.keys(Set(keys.map { ExactString($0) }))) { try await self.backend.remove(keys) }
    }

    /// Whether an entry exists. Its value is not read: one whose tag was invalidated exists until it is replaced.
    public func contains(_ key: String) async throws -> Bool {
        let key = try self.fullKey(key)
        return try await !self.backend.contains([key]).isEmpty
    }

    /// Returns how long an entry will live.
    ///
    /// - Returns: nil when it never expires, and when there is none. The driver's expiry and the entry's own are combined: the
    ///   earlier one counts. Redis and memory keep the requested expiry; boltdb loses it when RoadRunner exits, so entries there
    ///   carry their own.
    /// - Throws: `RPCError` with the code `unsupported` with memcached, which cannot report it, unless the entry has its own
    ///   expiry.
    public func timeToLive(of key: String) async throws -> Duration? {
        let key = try self.fullKey(key)
        guard let stored = try await self.backend.get(key) else { return nil }
        // Whether an entry that cannot be opened has its own expiry is not known.
        let record = try? self.open(stored, key)
        if let record, self.live(record) == nil { return nil }
        let own = record?.expiry.map { Date(timeIntervalSince1970: Double($0) / 1000) }
        var end = own
        do {
            if let driverEnd = try await self.backend.expiries([key]).values.first {
                end = own.map { min($0, driverEnd) } ?? driverEnd
            }
        } catch let error as RPCError where error.code == .unsupported && own != nil {}
        return end.map { Expiry.remaining(until: $0, now: self.now()) }
    }

    /// Changes how long an entry will live.
    ///
    /// Some entries are read and written again, since RoadRunner's own call would leave the entry's own expiry as it is, or replace
    /// its value: those with their own expiry (of ``KeyValuePersistDriver``, with early recomputation, or in boltdb), those that
    /// are to last for ever, and with the drivers `memory` and `unknown` all. A value that another task writes in between is lost.
    /// Hold `withLock(_:lease:timeout:_:)` on both sides where that matters.
    ///
    /// - Parameter timeToLive: the new time to live; nil for ever.
    /// - Returns: whether there is such an entry.
    @discardableResult
    public func setTimeToLive(_ timeToLive: Duration?, of key: String) async throws -> Bool {
        let key = try self.fullKey(key)
        let lifetime = try timeToLive.map { try self.lifetime($0) } ?? .unlimited
        return try await self.flights.change(.keys([ExactString(key)])) {
            guard let stored = try await self.backend.get(key) else { return false }
            let known = try self.open(stored, key)
            guard var record = self.live(known) else { return false }
            guard record.expiry != nil || self.driver.forgetsEnds else {
                return try await self.backend.setLifetime(lifetime, of: key, holding: stored)
            }
            // An entry without its own expiry gets the driver's, as with any other call that writes it.
            if record.expiry != nil { record.expiry = timeToLive.map { self.milliseconds(after: $0) } }
            try await self.store([(key, record)], lifetime: lifetime)
            return true
        }
    }

    /// Removes every entry of the storage, whatever its prefix: with redis the whole database, with memcached everything.
    ///
    /// With the driver `memory` one task of all workers clears at a time, under RoadRunner's lock, since two would crash
    /// RoadRunner. Values that are set right afterwards may vanish there: RoadRunner removes entries with a time to live a moment
    /// later, by their keys.
    ///
    /// - Throws: ``KeyValueError/Code/notLocked`` when others keep clearing the storage.
    public func clear() async throws {
        try await self.flights.change(.everything) { try await self.backend.clear() }
    }
}
