package import Goridge
package import Logging
package import NIOCore

/// The worker loop: performs what ``WorkerStateMachine`` decides, on a ``RelayLoop``.
///
/// All of its state belongs to the loop's thread.
package final class WorkerLoop: WireDelegate, TurnObserver, @unchecked Sendable {
    private struct Work: Sendable {
        let payload: Payload
        let id: WorkerStateMachine.ExchangeID
    }

    private enum Limit {
        /// A stream whose deadline has passed may take this long to end, in nanoseconds.
        static let lastMoment: UInt64 = 1_000_000_000
        /// How long an answer may lie unread before the worker exits all the same.
        static let unread: UInt64 = 2_000_000_000
        /// How often it is looked whether the answer was read.
        static let unreadPoll: UInt64 = 1_000_000
    }

    package let loop: RelayLoop
    private let wire: Wire
    private let source: any HandlerSource
    private let logger: Logger
    private let settings: WorkerSettings

    // See RelayLoop for why.
    @exclusivity(unchecked) private var machine = WorkerStateMachine()
    /// The task that handles payloads, one after the other, until it is cancelled.
    private var task: Task<Void, Never>?
    /// That task, while it waits for a payload.
    private var idleTask: UnsafeContinuation<Work?, Never>?
    private var heldAnswer: (any TurnObserver)?
    private var heldPayload: Payload?
    private var drainWaiters: [UnsafeContinuation<Void, Never>] = []
    /// What wants to know of the end, of the payload in hand.
    private var endingActions: [() -> Void] = []
    private var endTimer: TimerHeap.Token?
    private var settlingTimer: TimerHeap.Token?
    private var isShuttingDown = false
    private var exit: WorkerExit?
    private var exitWaiter: UnsafeContinuation<WorkerExit, Never>?
    private var writePace = WritePace()

    package init(
        loop: RelayLoop, descriptors: RelayDescriptors, source: any HandlerSource, logger: Logger, settings: WorkerSettings
    ) {
        self.loop = loop
        self.source = source
        self.logger = logger
        self.settings = settings
        self.wire = Wire(loop: loop, descriptors: descriptors, maximumPayloadSize: settings.maximumPayloadSize)
    }

    /// Serves until the worker has ended.
    package func run() async -> WorkerExit {
        let exit = await withUnsafeContinuation { (continuation: UnsafeContinuation<WorkerExit, Never>) in
            self.loop.perform { self.start(continuation) }
        }
        await self.loop.run { self.wire.close() }
        return exit
    }

    /// SIGTERM or SIGINT has come.
    package func signalReceived() {
        self.loop.perform { self.perform(self.machine.signalReceived()) }
    }

    private func start(_ continuation: UnsafeContinuation<WorkerExit, Never>) {
        // A signal may have ended it before.
        if let exit { return continuation.resume(returning: exit) }
        self.exitWaiter = continuation
        self.wire.delegate = self
        self.loop.observeEveryTurn(self)
        do {
            try self.wire.open()
        } catch {
            self.end(with: .failure("the relay cannot be used: \(error)"))
        }
    }

    // MARK: From RoadRunner

    package func wire(_ wire: Wire, received frame: Frame) {
        if frame.flags.contains(.control) {
            self.controlReceived(frame.payload)
        } else if frame.stream.contains(.stop) {
            if case .cancelStream = self.machine.stopFrameReceived() {
                self.sendTerminalFrame()
                self.cancelTask()
            }
        } else if frame.stream.contains(.pong) {
            return
        } else if frame.options.count == 1, frame.payload.readableBytes == 0 {
            // Neither context nor body: RoadRunner's way of saying that no more work comes.
            self.perform(self.machine.stopCommandReceived())
        } else {
            self.payloadReceived(Payload(frame))
        }
    }

    private func controlReceived(_ payload: ByteBuffer) {
        switch ControlCommand(payload) {
        case .pid:
            guard self.machine.shouldAnswerPid() else {
                self.logger.warning("RoadRunner asked for the pid in the middle of a request; not answered")
                return
            }
            self.sendFrame(ControlCommand.pidAnswer(self.settings.processID))
            self.wire.flush()
        case .stop:
            self.perform(self.machine.stopCommandReceived())
        case .unknown(let text):
            self.logger.warning("RoadRunner sent a command that is not known; ignored", metadata: ["rr.command": "\(text)"])
        }
    }

    private func payloadReceived(_ payload: Payload) {
        switch self.machine.payloadReceived() {
        case .start(let id):
            self.startHandler(payload, id)
        case .hold:
            self.heldPayload = payload
            self.settlingTimer = self.loop.schedule(after: self.settings.stopDeadline) { [weak self] in
                self?.settlingDeadlinePassed()
            }
        case .recycle:
            self.sendFrame(ControlCommand.recycleRequest)
            self.wire.flush()
        case .protocolViolation:
            self.end(
                with: .failure("RoadRunner sent a request before the one in hand was answered: the connection is out of step"))
        }
    }

    package func wire(_ wire: Wire, ended reason: WireEnd) {
        switch reason {
        case .endOfStream:
            self.resumeDrainWaiters()
            self.perform(self.machine.streamEnded())
        case .frameError(let error):
            self.task?.cancel()
            self.end(with: .failure("\(error)"))
        case .systemError(let error):
            self.task?.cancel()
            self.end(with: .failure("the relay is broken: \(error)"))
        }
    }

    package func wireCanTakeMore(_ wire: Wire) { self.resumeDrainWaiters() }

    private func resumeDrainWaiters() {
        let waiters = self.drainWaiters
        self.drainWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Handlers

    private func startHandler(_ payload: Payload, _ id: WorkerStateMachine.ExchangeID) {
        self.writePace.beginAnswer()
        let work = Work(payload: payload, id: id)
        if let idleTask = self.idleTask {
            self.idleTask = nil
            idleTask.resume(returning: work)
        } else {
            self.task = Task(executorPreference: self.loop) { await self.handle(work) }
        }
    }

    /// Handles `first` and what comes after it. A new task for each payload would be a tenth of what a request costs.
    private func handle(_ first: Work) async {
        var next: Work? = first
        while let work = next {
            // What is waited with must not keep the request alive.
            next = nil
            let id = work.id
            await self.handle(work.payload, id)
            if Task.isCancelled {
                self.loop.perform { self.handlerReturned(id) }
                return
            }
            next = await withUnsafeContinuation { continuation in
                self.loop.perform { self.handlerReturned(id, continuation) }
            }
        }
    }

    private func handle(_ payload: Payload, _ id: WorkerStateMachine.ExchangeID) async {
        let handler: any PayloadHandler
        if let ready = self.source.readyHandler { handler = ready } else { handler = await self.source.boot() }
        let reply = Reply(worker: self, id: id)
        let outcome = await handler.handle(payload, reply)
        guard let work = self.source.workAfter(outcome) else { return }
        // RoadRunner waits for the answer, not for this; and what ends need not be made ready for more.
        guard await self.finishAnswer(id) else { return }
        if Task.isCancelled { await reply.runDetached(work) } else { await work() }
    }

    /// The handler has returned, but the payload is not done with.
    ///
    /// - Returns: whether more payloads may come.
    private func finishAnswer(_ id: WorkerStateMachine.ExchangeID) async -> Bool {
        await self.loop.run {
            if self.machine.isRunning(id), case .answerMissing(let isStreaming) = self.machine.handlerReturned(id) {
                self.answerMissing(id, isStreaming)
            }
            return !self.machine.isEnding
        }
    }

    private func handlerReturned(
        _ id: WorkerStateMachine.ExchangeID, _ continuation: UnsafeContinuation<Work?, Never>? = nil
    ) {
        if let continuation {
            // A task that was left behind is not wanted back.
            if self.idleTask == nil, self.exit == nil {
                self.idleTask = continuation
            } else {
                continuation.resume(returning: nil)
            }
        }
        if self.settings.flushesStandardOutput { StdoutGuard.flush() }
        if self.source.hasFailed { self.machine.requestReplacement() }
        self.endingActions = []
        self.source.transferred(self.wire.takeTraffic())
        self.perform(self.machine.handlerReturned(id), id)
    }

    private func perform(_ action: WorkerStateMachine.ReturnAction, _ id: WorkerStateMachine.ExchangeID) {
        switch action {
        case .answerMissing(let isStreaming):
            self.answerMissing(id, isStreaming)
            self.perform(self.machine.handlerReturned(id), id)
        case .idle, .ignore:
            return
        case .resumeHeldPayload:
            self.resumeHeldPayload()
        case .end(let recyclesHeldPayload):
            if recyclesHeldPayload {
                self.heldPayload = nil
                self.sendFrame(ControlCommand.recycleRequest)
            }
            self.beginShutdown()
        }
    }

    private func answerMissing(_ id: WorkerStateMachine.ExchangeID, _ isStreaming: Bool) {
        self.logger.error("the handler returned without an answer", metadata: ["rr.streaming": "\(isStreaming)"])
        if isStreaming {
            try? self.send(id, isLast: true, flags: .proto, body: ByteBuffer()) { _ in }
        } else {
            let text = ByteBuffer(string: "the worker has no answer")
            try? self.send(id, isLast: true, flags: .error, body: text) { _ in }
        }
    }

    private func resumeHeldPayload() {
        if let timer = self.settlingTimer { self.loop.cancel(timer) }
        self.settlingTimer = nil
        guard let payload = self.heldPayload else { return }
        self.heldPayload = nil
        self.payloadReceived(payload)
    }

    /// The handler before does not return although the next payload waits: leave it behind.
    private func settlingDeadlinePassed() {
        self.logger.error("a handler went on for too long after its answer; the next request does not wait for it any more")
        self.cancelTask()
        self.machine.abandonSettlingHandler()
        self.resumeHeldPayload()
    }

    /// The next payload gets a new task.
    private func cancelTask() {
        self.task?.cancel()
        self.task = nil
        self.resumeDrainWaiters()
    }

    // MARK: Sending

    /// Sends one frame of the answer to `id`; the state machine has the last word.
    package func send(
        _ id: WorkerStateMachine.ExchangeID, isLast: Bool, flags: Frame.Flags, body: ByteBuffer,
        context: (inout ByteBuffer) -> Void
    ) throws {
        guard body.readableBytes <= Int(UInt32.max) / 2 else { throw ReplyError.tooLarge(body.readableBytes) }
        switch self.machine.reply(to: id, isLast: isLast) {
        case .alreadyFinished: throw ReplyError.alreadyFinished
        case .cancelled: throw CancellationError()
        case .send: break
        }
        try self.wire.send(flags: flags, stream: isLast ? [] : .stream, body: body, context: context)
        if isLast || self.writePace.shouldFlush(unwritten: self.wire.unwritten, lastWrite: self.wire.lastWrite) {
            self.wire.flush()
        } else {
            self.wire.flushAtEndOfTurn()
        }
    }

    func checkNotCancelled(_ id: WorkerStateMachine.ExchangeID) throws {
        // Off the loop the next frame finds out.
        guard self.loop.isCurrent else { return }
        if self.machine.isCancelled(id) { throw CancellationError() }
    }

    /// Whether a body that has just written may go on at once.
    func pace() -> WritePace.Decision {
        self.writePace.decide(
            unwritten: self.wire.unwritten, isAboveHighWaterMark: self.wire.isAboveHighWaterMark, turn: self.loop.turn)
    }

    /// Suspends while the relay is full.
    func awaitDrained() async {
        await withUnsafeContinuation { continuation in
            self.loop.perform {
                if self.wire.isAboveHighWaterMark { self.drainWaiters.append(continuation) } else { continuation.resume() }
            }
        }
    }

    /// Tells `observer` when this turn has run its jobs, unless it is taken back before.
    func hold(_ observer: (any TurnObserver)?) { self.heldAnswer = observer }

    package func turnEnded() {
        guard let held = self.heldAnswer else { return }
        self.heldAnswer = nil
        held.turnEnded()
    }

    private func sendFrame(_ frame: Frame) {
        // These frames are a few bytes long: they always fit.
        try? self.wire.send(frame)
    }

    private func sendTerminalFrame() {
        try? self.wire.send(flags: .proto, stream: [], body: ByteBuffer()) { _ in }
        self.wire.flush()
    }

    // MARK: Ending

    /// Calls `action` once the worker is told to end, at once when it was already. Forgotten when the payload in hand is done with.
    func whenEnding(_ action: @escaping () -> Void) {
        if self.machine.isEnding { action() } else { self.endingActions.append(action) }
    }

    private func perform(_ action: WorkerStateMachine.EndAction) {
        let endingActions = self.endingActions
        self.endingActions = []
        for action in endingActions { action() }
        switch action {
        case .none: return
        case .end:
            self.startDeadline()
            self.beginShutdown()
        case .awaitHandler:
            self.startDeadline()
        case .cancelHandler(_, let sendsTerminalFrame):
            self.startDeadline()
            if sendsTerminalFrame { self.sendTerminalFrame() }
            self.cancelTask()
        }
    }

    private func startDeadline() {
        guard self.endTimer == nil else { return }
        self.endTimer = self.loop.schedule(after: self.settings.stopDeadline) { [weak self] in self?.deadlinePassed() }
    }

    private func deadlinePassed() {
        self.endTimer = nil
        switch self.machine.deadlinePassed() {
        case .cancelStream:
            self.sendTerminalFrame()
            self.cancelTask()
            self.endTimer = self.loop.schedule(after: Limit.lastMoment) { [weak self] in self?.deadlinePassed() }
        case .giveUp:
            self.task?.cancel()
            let culprit = self.isShuttingDown ? "the services did not stop" : "the request in hand was not answered"
            let seconds = Double(self.settings.stopDeadline) / 1_000_000_000
            self.end(with: .failure("\(culprit) within \(seconds) s of being told to stop; giving up"))
        }
    }

    private func beginShutdown() {
        guard !self.isShuttingDown, self.exit == nil else { return }
        self.isShuttingDown = true
        Task {
            await self.source.shutdown()
            self.loop.perform { self.awaitTaken(until: SystemCall.monotonicNanoseconds() &+ Limit.unread) }
        }
    }

    /// Never exit with an answer unread: what is still in the pipe would be lost.
    private func awaitTaken(until deadline: UInt64) {
        guard self.exit == nil else { return }
        self.wire.flush()
        if self.wire.isTakenByPeer || SystemCall.monotonicNanoseconds() >= deadline {
            self.end(with: .regular)
        } else {
            _ = self.loop.schedule(after: Limit.unreadPoll) { self.awaitTaken(until: deadline) }
        }
    }

    private func end(with exit: WorkerExit) {
        guard self.exit == nil else { return }
        self.exit = exit
        if let timer = self.endTimer { self.loop.cancel(timer) }
        if let timer = self.settlingTimer { self.loop.cancel(timer) }
        self.idleTask?.resume(returning: nil)
        self.idleTask = nil
        self.loop.stopObserving(self)
        self.exitWaiter?.resume(returning: exit)
        self.exitWaiter = nil
    }
}
