import Goridge
import Hummingbird
import Logging
import RoadRunnerRuntime

/// A handler has not answered in time.
struct RequestDeadlineExceeded: AttributableError, CustomStringConvertible {
    let limit: Duration
    var fault: Fault { .deadline }
    var description: String {
        "the handler had no response within \(self.limit), which REQUEST_DEADLINE allows; it was cancelled"
    }
}

/// How long a handler and its response's body may take until the head is sent.
struct RequestDeadline: Sendable {
    private let limit: Duration
    /// Where handlers run.
    private let executor: (any TaskExecutor)?

    init(_ limit: Duration, _ executor: (any TaskExecutor)?) {
        self.limit = limit
        self.executor = executor
    }

    /// When a request that begins now must have been responded to.
    var end: ContinuousClock.Instant { .now + self.limit.clamped() }

    /// Runs `handler` until `end` at the latest.
    ///
    /// - Parameters:
    ///   - mayExpire: asked when the time is over, on any thread; false when it is too late for another response.
    ///   - late: is given what comes after the end.
    /// - Throws: ``RequestDeadlineExceeded``. The handler is cancelled, but not waited for: it may not listen.
    func race<Value: Sendable>(
        until end: ContinuousClock.Instant, _ logger: Logger, mayExpire: @escaping @Sendable () -> Bool = { true },
        _ handler: @escaping @Sendable () async throws -> Value,
        late: @escaping @Sendable (Value) async -> Void = { _ in }
    ) async throws -> Value {
        do {
            return try await withDeadline(
                end - .now, executor: self.executor, mayExpire: mayExpire,
                returnedLate: { value in
                    logger.warning("the handler that had exceeded its deadline has returned")
                    if let value { await late(value) }
                }, operation: handler)
        } catch is DeadlineExceeded {
            throw RequestDeadlineExceeded(limit: self.limit)
        }
    }
}
