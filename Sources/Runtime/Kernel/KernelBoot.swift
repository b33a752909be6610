import Synchronization

/// One attempt at building a kernel, which can be abandoned.
final class KernelBoot: Sendable {
    private struct State {
        var task: Task<Void, Never>?
        var services: RunningServices?
        var failure: (any Error)?
        var isCancelled = false
        var isNoticed = false
    }

    private let state = Mutex(State())

    /// Runs the attempt. It belongs to the process, so it must not inherit anything from a request.
    func begin(_ attempt: @escaping @Sendable () async -> Void) {
        self.state.withLock { state in
            let task = Task.detached { await attempt() }
            if state.isCancelled { task.cancel() }
            state.task = task
        }
    }

    func started(_ services: RunningServices) { self.state.withLock { $0.services = services } }

    /// Records the error of a service that has ended.
    func serviceFailed(_ error: any Error) { self.state.withLock { $0.failure = $0.failure ?? error } }

    /// The error of the first service that has ended; nil when none has.
    var failure: (any Error)? { self.state.withLock { $0.failure } }

    /// - Returns: true the first time only, since one failure is enough to report.
    func takesNotice() -> Bool {
        self.state.withLock { state in
            defer { state.isNoticed = true }
            return !state.isNoticed
        }
    }

    var isCancelled: Bool { self.state.withLock { $0.isCancelled } }

    func cancel() {
        self.state.withLock { state in
            state.isCancelled = true
            state.task?.cancel()
        }
    }

    /// Waits for the attempt to end.
    func ended() async { await self.state.withLock { $0.task }?.value }

    /// The services that the attempt has started.
    var services: RunningServices? { self.state.withLock { $0.services } }
}
