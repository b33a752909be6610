import NIOConcurrencyHelpers

/// RoadRunner opens its storages while it starts its workers: one that is configured may be missing for a moment.
package final class StorageReadiness: Sendable {
    static let interval = Duration.milliseconds(20)
    private static let grace = Duration.seconds(2)

    private struct State {
        var markReady = false
        var awaitedUntil: ContinuousClock.Instant?
    }

    private let state = NIOLockedValueBox(State())

    /// Whether a storage that is missing may still come.
    var isPending: Bool {
        let now = ContinuousClock.now
        return self.state.withLockedValue { state in
            guard !state.markReady else { return false }
            let end = state.awaitedUntil ?? now + Self.grace
            state.awaitedUntil = end
            return now < end
        }
    }

    func markReady() { self.state.withLockedValue { $0.markReady = true } }
}
