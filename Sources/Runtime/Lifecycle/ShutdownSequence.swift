import Goridge
import Synchronization

/// The steps by which a process ends, within one limit for all of them.
///
/// It begins when the process is told to end. A step that takes longer than it may is left behind and named, and the next one is done.
package final class ShutdownSequence: Sendable {
    private struct State {
        var current: String?
        var overruns: [String] = []
    }

    /// The time that all steps have together.
    package let limit: Duration
    private let end: ContinuousClock.Instant
    private let state = Mutex(State())

    /// Starts the clock.
    package init(limit: Duration) {
        self.limit = limit.clamped()
        self.end = .now + limit.clamped()
    }

    /// The remaining time.
    package var remaining: Duration { max(.zero, self.end - .now) }

    /// Does one step.
    ///
    /// - Parameters:
    ///   - name: what is waited for, in the line that says so.
    ///   - share: the part of the remaining time that it may take, from 0 to 1.
    ///   - maximum: the longest that it may take.
    /// - Returns: whether it has ended in time.
    @discardableResult
    package func step(
        _ name: String, share: Double = 1, atMost maximum: Duration = .seconds(3600),
        _ operation: @escaping @Sendable () async -> Void
    ) async -> Bool {
        self.state.withLock { $0.current = name }
        defer { self.state.withLock { $0.current = nil } }
        let hasEnded = await ends(within: self.time(share: share, atMost: maximum), operation)
        if !hasEnded { self.overrun(name) }
        return hasEnded
    }

    /// The time that a step may take now.
    package func time(share: Double, atMost maximum: Duration) -> Duration { min(maximum, self.remaining * share) }

    /// Something did not end in time, and is left behind.
    package func overrun(_ name: String) { self.state.withLock { $0.overruns.append(name) } }

    /// One line that names what did not end in time; nil when everything has.
    package var failure: String? {
        let overruns = self.state.withLock { $0.overruns }
        return overruns.isEmpty ? nil : self.line(overruns)
    }

    /// The line for the case that time is up now, in the middle of a step or of something else.
    package func failureNow(_ other: String) -> String {
        self.line(self.state.withLock { $0.overruns + ($0.current.map { [$0] } ?? []) }, other)
    }

    private func line(_ names: [String], _ other: String = "") -> String {
        let text = names.isEmpty ? other : names.joined(separator: ", ")
        let seconds = Double(self.limit.clampedNanoseconds) / 1_000_000_000
        return "\(text) did not end in the \(seconds) s that a shutdown may take; giving up"
    }
}
