import DequeModule
import Synchronization

/// A lock that can be held across suspensions. Tasks acquire it in the order in which they ask for it.
package final class AsyncLock: Sendable {
    private struct State {
        var isHeld = false
        var waiters: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let state = Mutex(State())

    package init() {}

    package func withLock<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        await self.acquire()
        defer { self.release() }
        return try await body()
    }

    private func acquire() async {
        if self.state.withLock({ Self.take(&$0) }) { return }
        await withCheckedContinuation { continuation in
            let isMine = self.state.withLock { state in
                if Self.take(&state) { return true }
                state.waiters.append(continuation)
                return false
            }
            if isMine { continuation.resume() }
        }
    }

    private static func take(_ state: inout State) -> Bool {
        defer { state.isHeld = true }
        return !state.isHeld
    }

    private func release() {
        let next = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiters.isEmpty else {
                state.isHeld = false
                return nil
            }
            // The lock stays held, by the next task.
            return state.waiters.removeFirst()
        }
        next?.resume()
    }
}
