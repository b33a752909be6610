import Goridge
import Logging
import NIOConcurrencyHelpers

/// A lock that was had.
final class HeldLock: Sendable {
    private struct State {
        /// When it ends by itself.
        var end: ContinuousClock.Instant
        var isReleased = false
        /// Whether RoadRunner has said that it has ended.
        var isLost = false
    }

    /// RoadRunner's own "unlimited" is a year; what does not fit into Go's nanoseconds ends it.
    static let longest = Duration.seconds(365 * 86_400)

    let name: LockName
    private let storage: String
    private let key: String?
    private let backend: any StorageBackend
    private let id: String
    private let state: NIOLockedValueBox<State>

    init(
        name: LockName, storage: String, key: String?, backend: any StorageBackend, id: String, holding: Duration,
        since start: ContinuousClock.Instant = .now
    ) {
        self.name = name
        self.storage = storage
        self.key = key
        self.backend = backend
        self.id = id
        self.state = NIOLockedValueBox(State(end: start + holding.clamped()))
    }

    /// Whether it is this lock, and has not ended.
    func isLive(_ name: LockName, in backend: any StorageBackend) -> Bool {
        self.name == name && self.backend.lockDomain == backend.lockDomain && self.isLive
    }

    var isLive: Bool { self.state.withLockedValue { !$0.isReleased && !$0.isLost && .now < $0.end } }

    /// Runs `body`, and releases the lock whatever becomes of it.
    ///
    /// - Parameter mayEndBefore: whether it does not matter that others had the lock before `body` has ended.
    func hold<Result>(mayEndBefore: Bool = false, _ body: () async throws -> Result) async throws -> Result {
        let result: Result
        do {
            result = try await HeldLocks.$current.withValue(HeldLocks.current.adding(self)) { try await body() }
        } catch {
            await self.release()
            throw error
        }
        guard await self.release() || mayEndBefore else {
            throw self.lost("it was held for longer than its lease, so that others may have had it before the work was done")
        }
        return result
    }

    /// Holds it for so long from now on.
    func renew(for lease: Duration) async throws {
        guard lease > .zero else {
            throw KeyValueError(
                .invalidTimeToLive, storage: self.storage, key: self.key, "a lock cannot be held for \(lease)")
        }
        guard self.isLive else { throw self.lost("it cannot be renewed, since it has ended") }
        let holding = lease.clamped(to: Self.longest)
        let start = ContinuousClock.now
        guard try await self.backend.renew(self.name.resource, id: self.id, holding: holding) else {
            self.state.withLockedValue { $0.isLost = true }
            throw self.lost("it cannot be renewed, since RoadRunner has given it up")
        }
        self.state.withLockedValue { $0.end = start + holding }
    }

    private func lost(_ reason: String) -> KeyValueError {
        KeyValueError(
            .lockLost, storage: self.storage, key: self.key,
            "the lock was lost: \(reason). Choose a longer lease, or renew the lock meanwhile")
    }

    /// Once, however often it is asked for.
    ///
    /// - Returns: whether it was held until now.
    @discardableResult
    func release() async -> Bool {
        let (isFirst, wasHeld, end) = self.state.withLockedValue { state in
            defer { state.isReleased = true }
            return (!state.isReleased, !state.isLost && .now < state.end, state.end)
        }
        guard isFirst else { return true }
        if !wasHeld {
            self.backend.logger.warning(
                "a lock was held for longer than its lease: others may have had it before the work was done",
                metadata: ["rr.kv.storage": "\(self.storage)"])
        }
        // A task that was cancelled calls nobody any more, and it can be cancelled at any moment.
        await Task { await self.backend.unlock(self.name.resource, id: self.id, endingAt: end) }.value
        return wasHeld
    }
}

/// The locks that the current task holds, so that it does not wait for itself.
struct HeldLocks: Sendable {
    @TaskLocal static var current = HeldLocks()

    private var locks: [HeldLock] = []

    func adding(_ lock: HeldLock) -> HeldLocks {
        var held = self
        held.locks.append(lock)
        return held
    }

    func contains(_ name: LockName, in backend: any StorageBackend) -> Bool {
        self.locks.contains { $0.isLive(name, in: backend) }
    }

    /// Whether there is one that other keys may want, too.
    var hasStripe: Bool { self.locks.contains { $0.name.isStripe && $0.isLive } }
    var isEmpty: Bool { !self.locks.contains(where: \.isLive) }
}
