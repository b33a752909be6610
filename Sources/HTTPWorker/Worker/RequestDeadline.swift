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

/// How long a handler and its response's body may take until the head is sent.
struct RequestDeadline: Sendable {
    private let limit: Duration
    /// Where handlers run.
    private let executor: (any TaskExecutor)?

    init(_ limit: Duration, _ executor: (any TaskExecutor)?) {
        self.limit = limit
        self.executor = executor
    }

    /// When a request that begins now has to be answered.
    var end: ContinuousClock.Instant { .now + self.limit }

    /// Waits for the first of two ends: the handler's, and that of the time.
    private final class Race<Value: Sendable>: Sendable {
        private struct State {
            var continuation: CheckedContinuation<Value, any Error>?
            var result: Result<Value, any Error>?
        }

        private let state = Mutex(State())

        func begin(_ continuation: CheckedContinuation<Value, any Error>) {
            let result = self.state.withLock { state in
                if state.result == nil { state.continuation = continuation }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }

        /// - Returns: whether it was the first.
        @discardableResult
        func end(_ result: Result<Value, any Error>) -> Bool {
            let (isFirst, continuation) = self.state.withLock { state in
                guard state.result == nil else { return (false, nil as CheckedContinuation<Value, any Error>?) }
                state.result = result
                defer { state.continuation = nil }
                return (true, state.continuation)
            }
            continuation?.resume(with: result)
            return isFirst
        }
    }

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
        let race = Race<Value>()
        let limit = self.limit
        let task = Task(executorPreference: self.executor) {
            let result: Result<Value, any Error>
            do { result = .success(try await handler()) } catch { result = .failure(error) }
            guard !race.end(result) else { return }
            logger.warning("the handler that had exceeded its deadline has returned")
            if case .success(let value) = result { await late(value) }
        }
        let timer = Task {
            do { try await Task.sleep(until: end, clock: .continuous) } catch { return }
            if mayExpire(), race.end(.failure(RequestDeadlineExceeded(limit: limit))) { task.cancel() }
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { race.begin($0) }
        } onCancel: {
            task.cancel()
        }
    }
}
