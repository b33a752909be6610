import Goridge
import Synchronization

/// The steps by which a process ends, within one limit for all of them.
///
/// It begins when the process is asked to stop. A step that exceeds its time is abandoned and named, and the next one begins.
package final class ShutdownSequence: Sendable {
    private struct State {
        var current: String?
        var overruns: [String] = []
    }

    /// The total time of all steps.
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

    /// Performs one step.
    ///
    /// - Parameters:
    ///   - name: the step's name in the line about overruns.
    ///   - share: the part of the remaining time that it may take, from 0 to 1.
    ///   - maximum: the longest time that it may take.
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

    /// Records something that did not end in time and is abandoned.
    package func overrun(_ name: String) { self.state.withLock { $0.overruns.append(name) } }

    /// A line that names everything that did not end in time; nil when everything did.
    package var failure: String? {
        let overruns = self.state.withLock { $0.overruns }
        return overruns.isEmpty ? nil : self.line(overruns)
    }

    /// Returns the line for the case that the time is up now, in the middle of a step or of something else.
    package func failureNow(_ other: String) -> String {
        self.line(self.state.withLock { $0.overruns + ($0.current.map { [$0] } ?? []) }, other)
    }

    private func line(_ names: [String], _ other: String = "") -> String {
        let text = names.isEmpty ? other : names.joined(separator: ", ")
        let seconds = Double(self.limit.clampedNanoseconds) / 1_000_000_000
        return "\(text) did not end in the \(seconds) s that a shutdown may take; giving up"
    }
}
