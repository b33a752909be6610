import Goridge
import Hummingbird
import Logging
import RoadRunnerRuntime
import Synchronization

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

    private struct State {
        var continuation: CheckedContinuation<Response, any Error>?
        var result: Result<Response, any Error>?
        var timer: Task<Void, Never>?
    }

    /// Waits for the first of two ends: the handler's, and that of the time.
    private final class Race: Sendable {
        private let state = Mutex(State())

        func begin(_ continuation: CheckedContinuation<Response, any Error>) {
            let result = self.state.withLock { state in
                if state.result == nil { state.continuation = continuation }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }

        /// - Returns: whether it was the first.
        @discardableResult
        func end(_ result: Result<Response, any Error>) -> Bool {
            let (isFirst, continuation) = self.state.withLock { state in
                guard state.result == nil else { return (false, nil as CheckedContinuation<Response, any Error>?) }
                state.result = result
                defer { state.continuation = nil }
                return (true, state.continuation)
            }
            continuation?.resume(with: result)
            return isFirst
        }
    }

    /// - Throws: ``RequestDeadlineExceeded``. The handler is cancelled, but not waited for: it may not listen.
    func respond(_ logger: Logger, _ handler: @escaping @Sendable () async throws -> Response) async throws -> Response {
        let race = Race()
        let limit = self.limit
        let task = Task(executorPreference: self.executor) {
            let result: Result<Response, any Error>
            do { result = .success(try await handler()) } catch { result = .failure(error) }
            if !race.end(result) { logger.warning("the handler that had exceeded its deadline has returned") }
        }
        let timer = Task {
            do { try await Task.sleep(for: limit.clamped()) } catch { return }
            if race.end(.failure(RequestDeadlineExceeded(limit: limit))) { task.cancel() }
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { race.begin($0) }
        } onCancel: {
            task.cancel()
        }
    }
}
