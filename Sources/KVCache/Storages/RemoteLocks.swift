import Goridge
import Logging
import RoadRunnerAPI
import SwiftProtobuf

/// The locks of RoadRunner's `lock` plugin. Source: RoadRunner's documentation, "Lock".
struct RemoteLocks: Sendable {
    let client: RPCClient
    let storage: String

    /// How long RoadRunner may try to release a lock. Without one it tries for a millisecond, too short under load.
    private static let releaseWait = Duration.seconds(2)
    private static let releaseAttempts = 3
    private static let releasePause = Duration.milliseconds(50)
    /// How long a lock that RoadRunner may still grant is tracked, at most.
    private static let longestGiveBack = Duration.seconds(60)

    /// - Parameters:
    ///   - holding, waiting: up to a year.
    func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool {
        let request = LockRequest.with {
            $0.resource = resource
            $0.id = id
            $0.ttl = Self.microseconds(holding)
            // Without a wait RoadRunner tries once.
            if waiting > .zero { $0.wait = Self.microseconds(waiting) }
        }
        let end = ContinuousClock.now + waiting.clamped()
        do {
            return try await self.client.perform(
                Methods.lock, proto: request, as: LockResponse.self, timeout: waiting.clamped() + RPCClient.defaultTimeout
            ) { late in
                // The caller has stopped waiting.
                guard let late else { return self.giveBack(resource, id, grantedUntil: end) }
                guard late.ok else { return }
                Task.detached { await self.unlock(resource, id: id, endingAt: .now + holding.clamped()) }
            }.ok
        } catch let error as RPCError where error.code == .disconnected || error.code == .malformedResponse {
            self.giveBack(resource, id, grantedUntil: end)
            throw error
        }
    }

    /// - Returns: whether this caller holds it.
    func renew(_ resource: String, id: String, holding: Duration) async throws -> Bool {
        let request = LockRequest.with {
            $0.resource = resource
            $0.id = id
            $0.ttl = Self.microseconds(holding)
            // Without a wait RoadRunner tries for a millisecond.
            $0.wait = Self.microseconds(Self.releaseWait)
        }
        return try await self.client.perform(Methods.updateTTL, proto: request, as: LockResponse.self).ok
    }

    /// Converts to microseconds, at least one: RoadRunner takes 0 for a year, and crashes on less.
    private static func microseconds(_ duration: Duration) -> Int64 {
        Int64(clamping: max(1, duration.clampedNanoseconds / 1000))
    }

    // MARK: Releasing

    /// Releases a lock that was or may still be granted without the caller's knowledge: RoadRunner carries out the calls of a
    /// connection that was lost. No other caller has its id.
    private func giveBack(_ resource: String, _ id: String, grantedUntil end: ContinuousClock.Instant) {
        let request = self.releaseRequest(resource, id)
        let longest = ContinuousClock.now + Self.longestGiveBack
        Task.detached {
            for instant in [ContinuousClock.now + Self.releasePause, min(end, longest) + Self.releasePause * 20] {
                try? await Task.sleep(until: instant, clock: .continuous)
                let response = try? await self.client.perform(Methods.release, proto: request, as: LockResponse.self)
                if response?.ok == true { return }
            }
        }
    }

    private func releaseRequest(_ resource: String, _ id: String) -> LockRequest {
        LockRequest.with {
            $0.resource = resource
            $0.id = id
            $0.wait = Self.microseconds(Self.releaseWait)
        }
    }

    /// Retries while the lock may still be held, and logs when it was not released.
    func unlock(_ resource: String, id: String, endingAt end: ContinuousClock.Instant) async {
        let request = self.releaseRequest(resource, id)
        var reason = "RoadRunner did not release it"
        var mayBeDone = false
        for attempt in 1...Self.releaseAttempts {
            do {
                let isReleased = try await self.client.perform(Methods.release, proto: request, as: LockResponse.self).ok
                // An attempt that got no response may have released it.
                if isReleased || mayBeDone { return }
            } catch {
                reason = "\(error)"
                mayBeDone = mayBeDone || (error as? RPCError).map { $0.code != .unreachable } ?? false
            }
            guard ContinuousClock.now < end else { return }
            if attempt < Self.releaseAttempts { try? await Task.sleep(for: Self.releasePause) }
        }
        self.client.currentLogger.warning(
            "could not release a lock: others wait until it expires",
            metadata: ["rr.kv.storage": "\(self.storage)", "rr.kv.reason": "\(reason)"])
    }

    // MARK: Exclusive work

    /// The locks that let one task of this process at a time clear a storage.
    private static let alone = LocalLocks()
    private static let longest = Duration.seconds(60)

    /// Runs `body` while no other such work runs for the storage, in this process or in another worker. It is not cancelled with
    /// its task, since RoadRunner carries out a call that was sent anyway.
    func alone(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let name = LockName.storage(self.storage, .clear)
        let id = LockName.newID()
        // RoadRunner's lock keeps out other processes; the local one keeps out this process's workers even where RoadRunner's
        // cannot be acquired.
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
            "another worker has been clearing it for more than \(Self.longest); two would crash RoadRunner. Try again later")
    }

    private enum Methods {
        static let lock = RPCMethod(known: "lock.Lock")
        static let release = RPCMethod(known: "lock.Release")
        static let updateTTL = RPCMethod(known: "lock.UpdateTTL")
    }
}
