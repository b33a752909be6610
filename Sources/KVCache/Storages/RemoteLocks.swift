import Goridge
import Logging
import RoadRunnerAPI
import SwiftProtobuf

/// The locks of RoadRunner's `lock` plugin. Source: RoadRunner's documentation, "Lock".
struct RemoteLocks: Sendable {
    let client: RPCClient
    let storage: String

    /// How long RoadRunner may try to release a lock. Without a time it tries for a millisecond, which a busy one misses.
    private static let releaseWait = Duration.seconds(2)
    private static let releaseAttempts = 3
    private static let releasePause = Duration.milliseconds(50)

    /// - Parameters:
    ///   - holding, waiting: up to a year.
    func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool {
        let request = LockRequest.with {
            $0.resource = resource
            $0.id = id
            $0.ttl = Self.microseconds(holding)
            // Without one it is tried once.
            if waiting > .zero { $0.wait = Self.microseconds(waiting) }
        }
        return try await self.client.perform(
            Methods.lock, proto: request, as: LockResponse.self, timeout: waiting.clamped() + RPCClient.defaultTimeout
        ) { late in
            // Nobody wants it any more.
            guard late.ok else { return }
            Task.detached { await self.unlock(resource, id: id, endingAt: .now + holding.clamped()) }
        }.ok
    }

    /// Never below one: RoadRunner takes 0 for a year, and does not survive less.
    private static func microseconds(_ duration: Duration) -> Int64 {
        Int64(clamping: max(1, duration.clampedNanoseconds / 1000))
    }

    // MARK: Releasing

    /// Tries again while the lock may still be held, and says so when it was not released.
    func unlock(_ resource: String, id: String, endingAt end: ContinuousClock.Instant) async {
        let request = LockRequest.with {
            $0.resource = resource
            $0.id = id
            $0.wait = Self.microseconds(Self.releaseWait)
        }
        var reason = "RoadRunner did not release it"
        var mayBeDone = false
        for attempt in 1...Self.releaseAttempts {
            do {
                let isReleased = try await self.client.perform(Methods.release, proto: request, as: LockResponse.self).ok
                // An attempt without a response may have released it.
                if isReleased || mayBeDone { return }
            } catch {
                reason = "\(error)"
                mayBeDone = mayBeDone || (error as? RPCError).map { $0.code != .unreachable } ?? false
            }
            guard ContinuousClock.now < end else { return }
            if attempt < Self.releaseAttempts { try? await Task.sleep(for: Self.releasePause) }
        }
        self.client.currentLogger.warning(
            "a lock was not released: others wait until it ends by itself",
            metadata: ["rr.kv.storage": "\(self.storage)", "rr.kv.reason": "\(reason)"])
    }

    // MARK: Alone

    /// Who clears storages in this process.
    private static let alone = LocalLocks()
    private static let longest = Duration.seconds(60)

    /// Runs `body` while nobody else runs such a thing for the storage: in this process, or in another worker. It is not cancelled
    /// with its task, since what was sent is carried out all the same.
    func alone(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let name = LockName.storage(self.storage, .clear)
        let id = LockName.newID()
        // Workers of other processes are kept out by RoadRunner's lock, those of this one even where it is not to be had.
        let place = "\(self.client.address) \(name.resource)"
        guard try await Self.alone.lock(place, id: id, holding: Self.longest * 2, waiting: Self.longest) else {
            throw self.notLocked()
        }
        defer { Self.alone.unlock(place, id: id) }
        guard try await self.lock(name.resource, id: id, holding: Self.longest, waiting: Self.longest) else {
            throw self.notLocked()
        }
        let end = ContinuousClock.now + Self.longest
        try await Task {
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await self.unlock(name.resource, id: id, endingAt: end)
            try result.get()
        }.value
    }

    private func notLocked() -> KeyValueError {
        KeyValueError(
            .notLocked, storage: self.storage,
            "another worker clears it for more than \(Self.longest); two at a time would end RoadRunner. Try again later")
    }

    private enum Methods {
        static let lock = RPCMethod(known: "lock.Lock")
        static let release = RPCMethod(known: "lock.Release")
    }
}
