import Goridge
import Hummingbird
import Logging
import RoadRunnerRuntime

/// A handler has not answered in time.
struct RequestDeadlineExceeded: AttributableError, CustomStringConvertible {
    let limit: Duration
    var fault: Fault { .deadline }
    var description: String { "the handler had no answer within \(self.limit), which REQUEST_DEADLINE allows; it was cancelled" }
}

/// How long a handler may take until the head of its answer.
struct RequestDeadline: Sendable {
    private let limit: Duration
    /// Where handlers run.
    private let executor: (any TaskExecutor)?

    init(_ limit: Duration, _ executor: (any TaskExecutor)?) {
        self.limit = limit
        self.executor = executor
    }

    /// - Throws: ``RequestDeadlineExceeded``. The handler is cancelled, but not waited for: it may not listen.
    func respond(_ logger: Logger, _ handler: @escaping @Sendable () async throws -> Response) async throws -> Response {
        do {
            return try await withDeadline(
                self.limit, executor: self.executor,
                returnedLate: { logger.warning("the handler that had exceeded its deadline has returned") }, operation: handler)
        } catch is DeadlineExceeded {
            throw RequestDeadlineExceeded(limit: self.limit)
        }
    }
}
