import Goridge
import Logging
import RoadRunnerRuntime

/// The time limit for a handler and its response's body until the head is sent.
struct RequestDeadline: Sendable {
    private let limit: Duration
    /// The executor of handlers.
    private let executor: (any TaskExecutor)?

    init(_ limit: Duration, _ executor: (any TaskExecutor)?) {
        self.limit = limit
        self.executor = executor
    }

    /// The deadline of a request that begins now.
    var end: ContinuousClock.Instant { .now + self.limit.clamped() }

    /// Runs `handler` until `end` at the latest.
    ///
    /// - Parameters:
    ///   - mayExpire: called on any thread when time is up; returns false when it is too late for another response.
    ///   - late: called with a result that arrives after the end.
    /// - Throws: ``RequestDeadlineExceeded``. The handler is cancelled, but not awaited, since it may ignore that.
    func race<Value: Sendable>(
        until end: ContinuousClock.Instant, _ logger: Logger, mayExpire: @escaping @Sendable () -> Bool = { true },
        _ handler: @escaping @Sendable () async throws -> Value,
        late: @escaping @Sendable (Value) async -> Void = { _ in }
    ) async throws -> Value {
        do {
            return try await withDeadline(
                end - .now, executor: self.executor, mayExpire: mayExpire,
                returnedLate: { value in
                    logger.warning("a handler returned after its deadline")
                    if let value { await late(value) }
                }, operation: handler)
        } catch is DeadlineExceeded {
            throw RequestDeadlineExceeded(limit: self.limit)
        }
    }
}
