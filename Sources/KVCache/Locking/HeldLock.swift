import Goridge
import NIOConcurrencyHelpers

/// A lock that was had.
final class HeldLock: Sendable {
    let name: LockName
    private let backend: any StorageBackend
    private let id: String
    /// When it ends by itself.
    private let end: ContinuousClock.Instant
    private let isReleased = NIOLockedValueBox(false)

    init(name: LockName, backend: any StorageBackend, id: String, holding: Duration) {
        self.name = name
        self.backend = backend
        self.id = id
        self.end = .now + holding.clamped()
    }

    /// Whether it is this lock, and has not ended.
    func isLive(_ name: LockName, in backend: any StorageBackend) -> Bool {
        self.name == name && self.backend.lockDomain == backend.lockDomain && self.isLive
    }

    var isLive: Bool { !self.isReleased.withLockedValue { $0 } && .now < self.end }

    /// Runs `body`, and releases the lock whatever becomes of it.
    func hold<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await HeldLocks.$current.withValue(HeldLocks.current.adding(self)) { try await body() }
            await self.release()
            return result
        } catch {
            await self.release()
            throw error
        }
    }

    private func release() async {
        // A task that was cancelled calls nobody any more, and it can be cancelled at any moment.
        await Task { await self.backend.unlock(self.name.resource, id: self.id, endingAt: self.end) }.value
        self.isReleased.withLockedValue { $0 = true }
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
