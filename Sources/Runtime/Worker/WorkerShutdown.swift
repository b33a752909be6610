import Goridge

/// The end of a worker, from the moment it is told to. Confined to the worker's loop.
final class WorkerShutdown {
    let sequence: ShutdownSequence
    var timers: [TimerHeap.Token] = []
    /// Whether the handler has returned or was given up, and hooks run.
    var runsHooks = false

    init(limit: Duration) { self.sequence = ShutdownSequence(limit: limit) }

    func cancelTimers(_ loop: PollEventLoop) {
        for timer in self.timers { loop.cancel(timer) }
        self.timers = []
    }
}

extension WorkerLoop {
    private enum Limit {
        /// How long a response may lie unread before the worker exits all the same, in nanoseconds.
        static let unread: UInt64 = 2_000_000_000
        /// How often it is looked whether the response was read.
        static let unreadPoll: UInt64 = 1_000_000
    }

    /// Calls `action` once the worker is told to end, at once when it was already. Forgotten when the payload is done with.
    func whenEnding(_ id: PayloadNumber, _ action: @escaping () -> Void) {
        // A callback that is registered after the payload has ended would never be removed.
        let isDone = !self.machine.isRunning(id) && !self.machine.isFinishing(id)
        if isDone || self.machine.isEnding { action() } else { self.endingActions.append((id, action)) }
    }

    func perform(_ action: WorkerStateMachine.EndAction) {
        let endingActions = self.endingActions
        self.endingActions = []
        for (_, action) in endingActions { action() }
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

    /// Starts the clock: the hooks get what the handler leaves of the time.
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

    /// A stream may go on for ever: it had most of the time.
    func endStream() {
        guard case .cancelStream = self.machine.deadlinePassed() else { return }
        self.sendTerminalFrame()
        self.cancelTask()
    }

    /// The handler does not return: leave it behind, but not the services.
    private func giveUpHandler() {
        self.endStream()
        guard let shutdown, !shutdown.runsHooks else { return }
        shutdown.sequence.overrun(self.handlers.isResetting ? "a reset" : "the request in hand")
        self.cancelTask()
        self.runHooks()
    }

    private func giveUp() {
        guard let shutdown else { return }
        self.end(with: .failure(shutdown.sequence.failureNow("a response that RoadRunner has not read")))
    }

    /// Runs the hooks once nothing is in hand any more.
    func runHooks() {
        guard let shutdown, !shutdown.runsHooks, self.exit == nil else { return }
        shutdown.runsHooks = true
        let sequence = shutdown.sequence
        Task.detached {
            if let leave = self.settings.leave { await leave(sequence) } else { await self.handlers.shutdown(sequence) }
            self.loop.execute { self.awaitTaken(until: SystemCall.monotonicNanoseconds() &+ Limit.unread) }
        }
    }

    /// Never exit with a response unread: what is still in the pipe would be lost.
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
