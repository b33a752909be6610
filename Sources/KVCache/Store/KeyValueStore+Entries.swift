#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension KeyValueStore {
    /// Removes an entry, if there is one.
    public func remove(_ key: String) async throws { try await self.remove([key]) }

    /// Removes entries, as far as there are any. None costs no call.
    public func remove(_ keys: some Collection<String>) async throws {
        let keys = try self.fullKeys(keys).map(\.full)
        guard !keys.isEmpty else { return }
        try await self.backend.remove(keys)
    }

    /// Whether there is an entry. Its value is not looked at: one whose tag was invalidated is there until it is replaced.
    public func contains(_ key: String) async throws -> Bool {
        let key = try self.fullKey(key)
        return try await self.backend.contains([key]).contains(key)
    }

    /// How long an entry will live.
    ///
    /// - Returns: nil when it never ends, and when there is none. Redis and memory keep what was asked for; boltdb forgets it when
    ///   RoadRunner ends, and entries then never do.
    /// - Throws: `RPCError` with the code `unsupported` with memcached, which cannot say it.
    public func timeToLive(of key: String) async throws -> Duration? {
        let key = try self.fullKey(key)
        return try await self.backend.expiries([key])[key].map { Expiry.remaining(until: $0, now: self.now()) }
    }

    /// Changes how long an entry will live.
    ///
    /// With the drivers `memory` and `unknown`, and to make an entry last for ever, the entry is read and written again, since
    /// RoadRunner's own call would replace its value: a value that another task writes in between is lost. Hold
    /// ``withLock(_:lease:timeout:_:)`` on both sides where that matters.
    ///
    /// - Parameter timeToLive: nil for ever.
    /// - Returns: whether there is such an entry.
    @discardableResult
    public func setTimeToLive(_ timeToLive: Duration?, of key: String) async throws -> Bool {
        let key = try self.fullKey(key)
        return try await self.backend.setLifetime(timeToLive.map { try self.lifetime($0) } ?? .unlimited, of: key)
    }

    /// Removes every entry of the storage, whatever its prefix: with redis the whole database, with memcached everything.
    ///
    /// With the driver `memory` one task in all workers clears at a time, under a lock of RoadRunner's, since two would end RoadRunner. What
    /// is set right after may vanish there: RoadRunner removes entries with a time to live a moment later, by their keys.
    ///
    /// - Throws: ``KeyValueError/Code/notLocked`` when others clear the storage all the time.
    public func clear() async throws { try await self.backend.clear() }

    /// Seals values again whose envelope is not the one that ``ValueEnvelope/seal(_:for:)`` makes now: with an older key, say.
    ///
    /// RoadRunner has no list of keys: the caller must know them. A value that another task writes at the same time may be lost.
    ///
    /// - Returns: how many were sealed again.
    @discardableResult
    public func reencrypt(_ keys: some Collection<String>) async throws -> Int {
        let keys = try self.fullKeys(keys).map(\.full)
        guard let envelope = self.envelope, !keys.isEmpty else { return 0 }
        let stored = try await self.backend.get(keys).filter { !envelope.usesCurrentKey($0.value) }
        guard !stored.isEmpty else { return 0 }
        let expiries = try await self.backend.expiries(Array(stored.keys))
        for (key, bytes) in stored {
            let lifetime = expiries[key].map { EntryLifetime.ending($0) } ?? .unlimited
            try await self.backend.set([(key, self.seal(self.open(bytes, key).stored, key))], lifetime: lifetime)
        }
        return stored.count
    }
}
