import Goridge
import Synchronization

/// Runs `operation` in a separate task, and waits for it no longer than `limit`.
///
/// A task group waits for all of its children, so it cannot limit one that ignores its cancellation. Here the operation is
/// cancelled and abandoned. When the calling task is cancelled, so is the operation; the limit stays.
///
/// - Parameters:
///   - executor: the executor of the operation.
///   - earlier: ends the wait before `limit` when it returns.
///   - mayExpire: called at the limit, on any thread; false lets the operation continue without a limit.
///   - returnedLate: called when the operation returns after the wait has ended, with its result, or with nil when it threw.
/// - Throws: ``DeadlineExceeded``, or the error of the operation.
package func withDeadline<Success: Sendable>(
    _ limit: Duration, executor: (any TaskExecutor)? = nil, orUntil earlier: (@Sendable () async -> Void)? = nil,
    mayExpire: (@Sendable () -> Bool)? = nil, returnedLate: (@Sendable (Success?) async -> Void)? = nil,
    operation: @escaping @Sendable () async throws -> Success
) async throws -> Success {
    let race = DeadlineRace<Success>()
    let task = Task(executorPreference: executor) {
        let result: Result<Success, any Error>
        do { result = .success(try await operation()) } catch { result = .failure(error) }
        if !race.end(with: result), let returnedLate { await returnedLate(try? result.get()) }
    }
    @Sendable func expire() {
        if let mayExpire, !mayExpire() { return }
        // Cancelled first, so that cancellation handlers have run when the caller continues.
        _ = race.end(with: .failure(DeadlineExceeded(limit: limit))) { task.cancel() }
    }
    let timer = limit.isUnlimited ? nil : Task.detached { if await limit.hasPassed() { expire() } }
    let watcher = earlier.map { earlier in
        Task {
            await earlier()
            if !Task.isCancelled { expire() }
        }
    }
    defer {
        timer?.cancel()
        watcher?.cancel()
    }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { race.begin($0) }
    } onCancel: {
        task.cancel()
    }
}

/// Runs `operation` in a separate task, and waits for it no longer than `limit`. Then it is cancelled and abandoned.
///
/// - Returns: whether it has ended in time.
package func ends(within limit: Duration, _ operation: @escaping @Sendable () async -> Void) async -> Bool {
    (try? await withDeadline(limit) { await operation() }) != nil
}

extension Task where Success == Void, Failure == Never {
    /// Waits for the task to end, but no longer than `deadline`. The task continues.
    package func value(within deadline: Duration) async { _ = await ends(within: deadline) { await self.value } }
}

extension Duration {
    var isUnlimited: Bool { self >= Self.longest }

    /// Waits for this duration.
    ///
    /// - Returns: false when the task was cancelled before.
    func hasPassed() async -> Bool { (try? await Task.sleep(for: self.clamped())) != nil }
}

/// Decides which of two ends came first, and resumes once.
private final class DeadlineRace<Success: Sendable>: Sendable {
    private enum State {
        case running(CheckedContinuation<Success, any Error>?)
        case ended(Result<Success, any Error>)
    }

    private let state = Mutex(State.running(nil))

    func begin(_ continuation: CheckedContinuation<Success, any Error>) {
        let result = self.state.withLock { state -> Result<Success, any Error>? in
            if case .ended(let result) = state { return result }
            state = .running(continuation)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }

    /// - Parameter action: performed before the caller continues, if this end was the first.
    /// - Returns: whether this end was the first.
    func end(with result: Result<Success, any Error>, _ action: () -> Void = {}) -> Bool {
        let (isFirst, continuation) = self.state.withLock { state -> (Bool, CheckedContinuation<Success, any Error>?) in
            guard case .running(let continuation) = state else { return (false, nil) }
            state = .ended(result)
            return (true, continuation)
        }
        if isFirst { action() }
        continuation?.resume(with: result)
        return isFirst
    }
}
