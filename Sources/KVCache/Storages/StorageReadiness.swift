import Synchronization

/// Tracks whether RoadRunner may still open its storages, which it does while it starts its workers: a configured one may be
/// missing for a moment.
package final class StorageReadiness: Sendable {
    static let interval = Duration.milliseconds(20)
    private static let grace = Duration.seconds(2)

    private struct State {
        var isReady = false
        var awaitedUntil: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// Whether a missing storage may still appear.
    var isPending: Bool {
        let now = ContinuousClock.now
        return self.state.withLock { state in
            guard !state.isReady else { return false }
            let end = state.awaitedUntil ?? now + Self.grace
            state.awaitedUntil = end
            return now < end
        }
    }

    func markReady() { self.state.withLock { $0.isReady = true } }
}
