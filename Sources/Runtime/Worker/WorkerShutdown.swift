import Goridge

/// The shutdown of a worker, from the moment it is asked to stop. Confined to the worker's loop.
final class WorkerShutdown {
    let sequence: ShutdownSequence
    var timers: [TimerHeap.Token] = []
    /// Whether the handler has returned or was abandoned, and the hooks run.
    var runsHooks = false

    init(limit: Duration) { self.sequence = ShutdownSequence(limit: limit) }

    func cancelTimers(_ loop: PollEventLoop) {
        for timer in self.timers { loop.cancel(timer) }
        self.timers = []
    }
}

extension WorkerLoop {
    private enum Limit {
        /// The time that a response may stay unread before the worker exits anyway, in nanoseconds.
        static let unread: UInt64 = 2_000_000_000
        /// The interval of checks whether the response was read, in nanoseconds.
        static let unreadPoll: UInt64 = 1_000_000
    }

    /// Calls `action` once the worker is asked to stop, or at once if it was already. It is forgotten when the payload is done.
    func onShutdown(_ id: PayloadNumber, _ action: @escaping () -> Void) {
        // A callback that is registered after the payload is done would never be removed.
        let isDone = !self.machine.isRunning(id) && !self.machine.isFinishing(id)
        if isDone || self.machine.isShuttingDown { action() } else { self.shutdownActions.append((id, action)) }
    }

    func perform(_ action: WorkerStateMachine.EndAction) {
        let shutdownActions = self.shutdownActions
        self.shutdownActions = []
        for (_, action) in shutdownActions { action() }
        switch action {
        case .none: return
        case .end:
            self.startShutdown()
            self.runHooks()
        case .awaitHandler:
            self.startShutdown()
        case .cancelHandler(_, let sendsTerminalFrame):
            self.startShutdown()
            if sendsTerminalFrame { self.sendTerminalFrame() }
            self.cancelTask()
        }
    }

    /// Starts the clock: the hooks get the time that the handler leaves.
    private func startShutdown() {
        guard self.shutdown == nil else { return }
        let limit = self.settings.stopDeadline
        let shutdown = WorkerShutdown(limit: limit)
        self.shutdown = shutdown
        if self.settings.leave == nil { self.handlers.endBooting(within: limit) }
        let nanoseconds = limit.clampedNanoseconds
        shutdown.timers = [
            self.loop.schedule(after: nanoseconds / 4 * 3) { [weak self] in self?.endStream() },
            self.loop.schedule(after: nanoseconds / 8 * 7) { [weak self] in self?.giveUpHandler() },
            self.loop.schedule(after: nanoseconds) { [weak self] in self?.giveUp() },
        ]
    }

    /// Ends a stream, which might go on for ever, after most of the time.
    func endStream() {
        guard case .cancelStream = self.machine.deadlinePassed() else { return }
        self.sendTerminalFrame()
        self.cancelTask()
    }

    /// Abandons a handler that does not return, so that time is left for the services.
    private func giveUpHandler() {
        self.endStream()
        guard let shutdown, !shutdown.runsHooks else { return }
        shutdown.sequence.overrun(self.handlers.isResetting ? "a reset" : "the current request")
        self.cancelTask()
        self.runHooks()
    }

    private func giveUp() {
        guard let shutdown else { return }
        self.end(with: .failure(shutdown.sequence.failureNow("a response that RoadRunner has not read")))
    }

    /// Runs the hooks once no work is left.
    func runHooks() {
        guard let shutdown, !shutdown.runsHooks, self.exit == nil else { return }
        shutdown.runsHooks = true
        let sequence = shutdown.sequence
        Task.detached {
            if let leave = self.settings.leave { await leave(sequence) } else { await self.handlers.shutdown(sequence) }
            self.loop.execute { self.awaitTaken(until: SystemCall.monotonicNanoseconds() &+ Limit.unread) }
        }
    }

    /// Waits for RoadRunner to read the response before the worker exits: bytes that are still in the pipe would be lost.
    private func awaitTaken(until deadline: UInt64) {
        guard self.exit == nil, let shutdown else { return }
        self.connection.flush()
        if self.connection.isDrained || SystemCall.monotonicNanoseconds() >= deadline {
            self.end(with: shutdown.sequence.failure.map { .failure($0) } ?? self.regularExit)
        } else {
            _ = self.loop.schedule(after: Limit.unreadPoll) { self.awaitTaken(until: deadline) }
        }
    }
}
