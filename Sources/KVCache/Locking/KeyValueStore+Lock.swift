import Goridge

extension KeyValueStore {
    /// Runs `body` while no other task holds this lock, in any worker of the same RoadRunner.
    ///
    /// Only tasks that take the lock wait for each other: other operations on the key do not. The lock belongs to RoadRunner's
    /// `lock` plugin, which needs no configuration and keeps it in memory; a store in this process has its own locks.
    ///
    /// RoadRunner keeps the name of a lock until it exits, whether it is held or not: take names from a bounded set, such as the
    /// names of jobs, and never from clients.
    ///
    /// - Parameters:
    ///   - key: the lock's name, which is separate from those of other storages and prefixes.
    ///   - lease: after this time others can acquire the lock, even if `body` still runs: choose it well above the duration of
    ///     `body`, or renew the lock. More than a year counts as a year.
    ///   - timeout: how long to wait for the lock.
    /// - Throws: ``KeyValueError/Code/notLocked`` when the lock was not acquired in time; ``KeyValueError/Code/deadlock`` inside a
    ///   `body` that holds the same lock, including tasks that it started; what `body` throws; ``KeyValueError/Code/lockLost`` when
    ///   `body` ended after the lock did: another task may have held it meanwhile.
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
                "deadlock: the task already holds this lock. Take it once, around everything that needs it")
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
                "a lock needs a positive lease and a timeout that is not negative, not \(lease) and \(timeout)")
        }
        let holding = lease.clamped(to: HeldLock.longest)
        let waiting = timeout.clamped(to: HeldLock.longest)
        let id = LockName.newID()
        let start = ContinuousClock.now
        guard try await self.backend.lock(name.resource, id: id, holding: holding, waiting: waiting) else { return nil }
        // The lease began before the response arrived; after a wait it is unknown by how much.
        return HeldLock(
            name: name, storage: self.name, key: key, backend: self.backend, id: id, holding: holding,
            since: timeout == .zero ? start : .now)
    }
}
