import NIOConcurrencyHelpers

/// RoadRunner opens its storages while it starts its workers: one that is configured may be missing for a moment.
package final class StorageStart: Sendable {
    static let interval = Duration.milliseconds(20)
    private static let patience = Duration.seconds(2)

    private struct State {
        var hasCome = false
        var awaitedUntil: ContinuousClock.Instant?
    }

    private let state = NIOLockedValueBox(State())

    /// Whether a storage that is missing may still come.
    var isAwaited: Bool {
        let now = ContinuousClock.now
        return self.state.withLockedValue { state in
            guard !state.hasCome else { return false }
            let end = state.awaitedUntil ?? now + Self.patience
            state.awaitedUntil = end
            return now < end
        }
    }

    func hasCome() { self.state.withLockedValue { $0.hasCome = true } }
}
