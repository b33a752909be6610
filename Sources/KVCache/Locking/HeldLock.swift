import Goridge
import Logging
import Synchronization

/// A lock that was acquired.
final class HeldLock: Sendable {
    private struct State {
        /// When it expires.
        var end: ContinuousClock.Instant
        var isReleased = false
        /// Whether RoadRunner has reported that it ended.
        var isLost = false
    }

    /// RoadRunner's own "unlimited" is a year; durations that overflow Go's nanoseconds crash it.
    static let longest = Duration.seconds(365 * 86_400)

    let name: LockName
    private let storage: String
    private let key: String?
    private let backend: any StorageBackend
    private let id: String
    private let state: Mutex<State>

    init(
        name: LockName, storage: String, key: String?, backend: any StorageBackend, id: String, holding: Duration,
        since start: ContinuousClock.Instant = .now
    ) {
        self.name = name
        self.storage = storage
        self.key = key
        self.backend = backend
        self.id = id
        self.state = Mutex(State(end: start + holding.clamped()))
    }

    /// Whether it is this lock, and has not ended.
    func isLive(_ name: LockName, in backend: any StorageBackend) -> Bool {
        self.name == name && self.backend.lockDomain == backend.lockDomain && self.isLive
    }

    var isLive: Bool { self.state.withLock { !$0.isReleased && !$0.isLost && .now < $0.end } }

    /// Runs `body`, and releases the lock afterwards, also on failure.
    ///
    /// - Parameter mayEndBefore: whether the lock may expire before `body` has ended, without that being an error.
    func hold<Result>(mayEndBefore: Bool = false, _ body: () async throws -> Result) async throws -> Result {
        let result: Result
        do {
            result = try await HeldLocks.$current.withValue(HeldLocks.current.adding(self)) { try await body() }
        } catch {
            await self.release()
            throw error
        }
        guard await self.release() || mayEndBefore else {
            throw self.lost("its lease ended before the work did, so another holder may have acquired it")
        }
        return result
    }

    /// Holds it for `lease` from now on.
    func renew(for lease: Duration) async throws {
        guard lease > .zero else {
            throw KeyValueError(
                .invalidTimeToLive, storage: self.storage, key: self.key, "a lock cannot be held for \(lease)")
        }
        guard self.isLive else { throw self.lost("it cannot be renewed, because it has ended") }
        let holding = lease.clamped(to: Self.longest)
        let start = ContinuousClock.now
        guard try await self.backend.renew(self.name.resource, id: self.id, holding: holding) else {
            self.state.withLock { $0.isLost = true }
            throw self.lost("it cannot be renewed, because RoadRunner no longer has it")
        }
        self.state.withLock { $0.end = start + holding }
    }

    private func lost(_ reason: String) -> KeyValueError {
        KeyValueError(
            .lockLost, storage: self.storage, key: self.key,
            "the lock was lost: \(reason). Choose a longer lease, or renew the lock during the work")
    }

    /// Releases the lock; further calls do nothing.
    ///
    /// - Returns: whether it was held until now.
    @discardableResult
    func release() async -> Bool {
        let (isFirst, wasHeld, end) = self.state.withLock { state in
            defer { state.isReleased = true }
            return (!state.isReleased, !state.isLost && .now < state.end, state.end)
        }
        guard isFirst else { return true }
        if !wasHeld {
            self.backend.logger.warning(
                "the lease of a lock ended before the work did: another holder may have acquired it",
                metadata: ["rr.kv.storage": "\(self.storage)"])
        }
        // A cancelled task makes no further calls, and cancellation can come at any moment.
        await Task { await self.backend.unlock(self.name.resource, id: self.id, endingAt: end) }.value
        return wasHeld
    }
}
