import DequeModule
import Synchronization

/// Limits the number of handlers that run at a time. The others begin in the order in which they arrived.
final class HandlerLimit: Sendable {
    /// A handler that has not begun. It is protected by the lock.
    private final class Waiter: @unchecked Sendable {
        var continuation: CheckedContinuation<Bool, Never>?
        var isCancelled = false
    }

    private struct State {
        var free: Int
        var waiting: Deque<Waiter> = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { self.state = Mutex(State(free: max(1, count))) }

    /// For tests: the number of waiting handlers.
    var waitingCount: Int { self.state.withLock { $0.waiting.count } }

    /// - Returns: whether the handler may begin without waiting. Then it must call ``leave()``.
    func enter() -> Bool {
        self.state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
    }

    /// Waits until the handler may begin.
    ///
    /// - Returns: false when the task was cancelled before; otherwise the handler must call ``leave()``.
    func enterInTurn() async -> Bool {
        let waiter = Waiter()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = self.state.withLock { state -> Bool? in
                    if waiter.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    waiter.continuation = continuation
                    state.waiting.append(waiter)
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            self.cancel(waiter)
        }
    }

    private func cancel(_ waiter: Waiter) {
        let continuation = self.state.withLock { state in
            waiter.isCancelled = true
            state.waiting.removeAll { $0 === waiter }
            return waiter.continuation.take()
        }
        continuation?.resume(returning: false)
    }

    /// A handler has ended: the next one may begin.
    func leave() {
        let continuation = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation.take()
        }
        continuation?.resume(returning: true)
    }
}
