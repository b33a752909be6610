import Goridge

extension KeyValueStore {
    /// Runs `body` while no other task holds this lock, in any worker of the same RoadRunner.
    ///
    /// Only those who take the lock wait for each other: other operations on the key do not. The lock is RoadRunner's `lock` plugin's,
    /// which needs no configuration, and lives in its memory; a store in this process has locks of its own.
    ///
    /// RoadRunner keeps the name of a lock until it ends, whether it is held or not: take names from a set that is bounded, the names of
    /// jobs say, and never what clients make up.
    ///
    /// - Parameters:
    ///   - key: names the lock, apart from those of other storages and prefixes.
    ///   - lease: after this the lock is free for others, even though `body` still runs: choose it well above what `body`
    ///     takes, or renew the lock. More than a year counts as a year.
    ///   - timeout: how long to wait for the lock.
    /// - Throws: ``KeyValueError/Code/notLocked`` when the lock was not acquired in time; ``KeyValueError/Code/deadlock`` inside a `body`
    ///   that holds the same lock, tasks that it has begun included; what `body` throws; ``KeyValueError/Code/lockLost`` when `body`
    ///   has ended, but later than the lock: what it did may have been done while another task held it.
    @discardableResult
    public func withLock<Result>(
        _ key: String, lease: Duration = .seconds(30), timeout: Duration = .seconds(10),
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await self.exactLock(key, lease: lease, timeout: timeout).hold(body)
    }

    /// Runs `body` while the lock is held, with a handle that renews it.
    ///
    /// ```swift
    /// try await cache.withLock("import", lease: .seconds(30)) { lock in
    ///     for part in parts {
    ///         try await lock.renew(for: .seconds(30))
    ///         try await load(part)
    ///     }
    /// }
    /// ```
    @discardableResult
    public func withLock<Result>(
        _ key: String, lease: Duration = .seconds(30), timeout: Duration = .seconds(10),
        _ body: (KeyValueLock) async throws -> Result
    ) async throws -> Result {
        let lock = try await self.exactLock(key, lease: lease, timeout: timeout)
        return try await lock.hold { try await body(KeyValueLock(lock)) }
    }

    private func exactLock(_ key: String, lease: Duration, timeout: Duration) async throws -> HeldLock {
        let full = try self.fullKey(key)
        let name = LockName.exact(self.name, full)
        guard !HeldLocks.current.contains(name, in: self.backend) else {
            throw KeyValueError(
                .deadlock, storage: self.name, key: full,
                "the lock would wait for itself: it is held where it is asked for. Take it once, around everything that needs it")
        }
        return try await self.locked(name, full, lease: lease, timeout: timeout)
    }

    /// - Throws: ``KeyValueError/Code/notLocked`` when the lock was not acquired in time.
    func locked(_ name: LockName, _ key: String?, lease: Duration, timeout: Duration) async throws -> HeldLock {
        guard let lock = try await self.lock(name, key, lease: lease, timeout: timeout) else {
            throw KeyValueError(
                .notLocked, storage: self.name, key: key, "could not acquire the lock within \(timeout)")
        }
        return lock
    }

    /// - Returns: nil when the lock was not acquired in time.
    func lock(_ name: LockName, _ key: String?, lease: Duration, timeout: Duration) async throws -> HeldLock? {
        guard lease > .zero, timeout >= .zero else {
            throw KeyValueError(
                .invalidTimeToLive, storage: self.name, key: key,
                "a lock cannot be held for \(lease), or waited for during \(timeout)")
        }
        let holding = lease.clamped(to: HeldLock.longest)
        let waiting = timeout.clamped(to: HeldLock.longest)
        let id = LockName.newID()
        let start = ContinuousClock.now
        guard try await self.backend.lock(name.resource, id: id, holding: holding, waiting: waiting) else { return nil }
        // A response may be late. Where the lock was waited for nobody knows by how much.
        return HeldLock(
            name: name, storage: self.name, key: key, backend: self.backend, id: id, holding: holding,
            since: timeout == .zero ? start : .now)
    }
}
