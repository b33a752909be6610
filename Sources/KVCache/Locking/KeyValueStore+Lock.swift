extension KeyValueStore {
    /// Runs `body` while no other task holds this lock, in any worker of the same RoadRunner.
    ///
    /// Only those who take the lock wait for each other: other operations on the key do not. The lock is RoadRunner's `lock` plugin's,
    /// which needs no configuration, and lives in its memory; a store in this process has locks of its own. It is not re-entrant.
    ///
    /// - Parameters:
    ///   - key: names the lock, apart from those of other storages and prefixes.
    ///   - holdingAtMost: after this the lock is free for others, even though `body` still runs: choose it well above what `body`
    ///     takes.
    ///   - waitingAtMost: how long to wait for the lock.
    /// - Throws: ``KeyValueError/Code/notLocked`` when it was not to be had in time; what `body` throws.
    @discardableResult
    public func withLock<Result>(
        _ key: String, holdingAtMost: Duration = .seconds(30), waitingAtMost: Duration = .seconds(10),
        _ body: () async throws -> Result
    ) async throws -> Result {
        guard let lock = try await self.lock(key, holdingAtMost: holdingAtMost, waitingAtMost: waitingAtMost) else {
            throw KeyValueError(
                .notLocked, storage: self.name, key: try self.fullKey(key), "the lock was not to be had within \(waitingAtMost)")
        }
        return try await lock.hold(body)
    }

    struct HeldLock: Sendable {
        fileprivate let backend: any StorageBackend
        fileprivate let resource: String
        fileprivate let id: String

        /// Runs `body`, and releases the lock whatever becomes of it.
        func hold<Result>(_ body: () async throws -> Result) async throws -> Result {
            do {
                let result = try await body()
                await self.release()
                return result
            } catch {
                await self.release()
                throw error
            }
        }

        /// What fails is mended by the lock's end.
        private func release() async {
            guard Task.isCancelled else {
                try? await self.backend.unlock(self.resource, id: self.id)
                return
            }
            // A task that was cancelled calls nobody any more.
            await Task { try? await self.backend.unlock(self.resource, id: self.id) }.value
        }
    }

    /// - Returns: nil when it was not to be had in time.
    func lock(_ key: String, holdingAtMost: Duration, waitingAtMost: Duration) async throws -> HeldLock? {
        let full = try self.fullKey(key)
        guard holdingAtMost > .zero, waitingAtMost >= .zero else {
            throw KeyValueError(
                .invalidTimeToLive, storage: self.name, key: full,
                "a lock cannot be held for \(holdingAtMost), or waited for during \(waitingAtMost)")
        }
        let lock = HeldLock(backend: self.backend, resource: "kv:\(self.name):\(full)", id: Self.newLockID())
        let isHeld = try await self.backend.lock(lock.resource, id: lock.id, holding: holdingAtMost, waiting: waitingAtMost)
        return isHeld ? lock : nil
    }

    private static func newLockID() -> String {
        var random = SystemRandomNumberGenerator()
        return String(random.next(), radix: 36) + String(random.next(), radix: 36)
    }
}
