package import Goridge
package import Logging
import NIOCore

/// Runs a worker: performs the actions of ``WorkerStateMachine`` on a ``PollEventLoop``.
///
/// All of its state is confined to the loop's thread.
package final class WorkerLoop: FrameConnectionDelegate, TickObserver, @unchecked Sendable {
    package let loop: PollEventLoop
    let connection: FrameConnection
    let handlers: WorkerHandlers
    let logger: Logger
    let settings: WorkerSettings

    // See PollEventLoop for why.
    @exclusivity(unchecked) var machine = WorkerStateMachine()
    let payloadTask = PayloadTask()
    @exclusivity(unchecked) var deferredResponse: (any TickObserver)?
    @exclusivity(unchecked) private var deferredPayload: Result<Payload, PayloadProblem>?
    /// The context of the terminal frame, if the response ends before its head was sent.
    @exclusivity(unchecked) var terminalContext: ByteBuffer?
    @exclusivity(unchecked) var drainWaiters: [UnsafeContinuation<Void, Never>] = []
    @exclusivity(unchecked) private var finishingTimer: TimerHeap.Token?
    @exclusivity(unchecked) var hasHeardRoadRunner = false
    /// The exit of the worker when nothing fails.
    @exclusivity(unchecked) var regularExit = WorkerExit.regular
    /// The lease of the current handler. Handler tasks run on the loop's thread.
    @exclusivity(unchecked) private var lease: (id: PayloadNumber, lease: HandlerLease)?
    /// The callbacks to run when the shutdown begins, by payload.
    @exclusivity(unchecked) var shutdownActions: [(id: PayloadNumber, action: () -> Void)] = []
    /// The shutdown, which begins when the worker is asked to stop.
    @exclusivity(unchecked) var shutdown: WorkerShutdown?
    @exclusivity(unchecked) var exit: WorkerExit?
    @exclusivity(unchecked) private var exitWaiter: UnsafeContinuation<WorkerExit, Never>?
    @exclusivity(unchecked) var backpressure = WriteBackpressure()

    package init(
        loop: PollEventLoop, descriptors: RelayDescriptors, handlers: WorkerHandlers, logger: Logger, settings: WorkerSettings
    ) {
        self.loop = loop
        self.handlers = handlers
        self.logger = logger
        self.settings = settings
        self.connection = FrameConnection(loop: loop, descriptors: descriptors, maximumPayloadSize: settings.maximumPayloadSize)
        self.connection.activity = settings.activity?.pointer
        self.hasHeardRoadRunner = settings.wasServed
    }

    /// Serves until the worker has ended.
    package func run() async -> WorkerExit {
        let exit = await withUnsafeContinuation { (continuation: UnsafeContinuation<WorkerExit, Never>) in
            self.loop.execute { self.start(continuation) }
        }
        await self.loop.submit { self.connection.close() }
        return exit
    }

    /// SIGTERM or SIGINT was received.
    package func signalReceived() {
        self.loop.execute { self.perform(self.machine.signalReceived()) }
    }

    private func start(_ continuation: UnsafeContinuation<WorkerExit, Never>) {
        self.loop.assertInEventLoop()
        // A signal may have ended the worker before.
        if let exit { return continuation.resume(returning: exit) }
        self.exitWaiter = continuation
        self.connection.delegate = self
        self.loop.observeEveryTick(self)
        do {
            try self.connection.open()
        } catch {
            self.end(with: .failure("the relay cannot be used: \(error)"))
        }
    }

    // MARK: From RoadRunner

    package func connection(_ connection: FrameConnection, received frame: Frame) {
        self.loop.assertInEventLoop()
        self.hasHeardRoadRunner = true
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
            // Neither context nor body: RoadRunner's notice that no more work comes.
            self.perform(self.machine.stopCommandReceived())
        } else {
            self.payloadReceived(Result { () throws(PayloadProblem) in try Payload(frame) })
        }
    }

    package func connection(_ connection: FrameConnection, received frame: OversizedFrame) {
        self.loop.assertInEventLoop()
        self.hasHeardRoadRunner = true
        // RoadRunner's own commands are a few bytes long.
        guard frame.flags.isDisjoint(with: .control), frame.stream.isDisjoint(with: [.stop, .pong]) else {
            self.logger.warning("ignoring a command of \(frame.length) bytes from RoadRunner")
            return
        }
        self.payloadReceived(
            .failure(
                PayloadProblem(
                    .tooLarge,
                    "the request has \(frame.length) bytes, but the limit is \(frame.limit) (`maximumPayloadSize`)")))
    }

    private func controlReceived(_ payload: ByteBuffer) {
        switch ControlCommand(payload) {
        case .pid:
            guard self.machine.mustSendPid() else {
                self.logger.warning("ignoring RoadRunner's question for the pid in the middle of a request")
                return
            }
            self.sendFrame(ControlCommand.pidResponse(self.settings.processID))
            self.connection.flush()
        case .stop:
            self.perform(self.machine.stopCommandReceived())
        case .unknown(let text):
            self.logger.warning("ignoring an unknown command from RoadRunner", metadata: ["rr.command": "\(text)"])
        }
    }

    private func payloadReceived(_ payload: Result<Payload, PayloadProblem>) {
        switch self.machine.payloadReceived() {
        case .start(let id):
            self.startHandler(payload, id)
        case .deferPayload:
            self.deferredPayload = payload
            self.finishingTimer = self.loop.schedule(after: self.settings.stopDeadline.clampedNanoseconds) { [weak self] in
                self?.finishingDeadlinePassed()
            }
        case .recycle:
            self.sendFrame(ControlCommand.recycleRequest)
            self.connection.flush()
            self.noteActivity()
        case .protocolViolation:
            self.end(
                with: .failure("RoadRunner sent a request before the response to the last one: the connection is out of sync"))
        }
    }

    package func connection(_ connection: FrameConnection, ended reason: CloseReason) {
        self.loop.assertInEventLoop()
        switch reason {
        case .endOfStream:
            if !self.hasHeardRoadRunner, !self.machine.isShuttingDown { self.regularExit = .withoutHandshake }
            self.resumeDrainWaiters()
            self.perform(self.machine.streamEnded())
        case .frameError(let error):
            self.payloadTask.cancel()
            self.end(with: .failure("\(error)"))
        case .systemError(let error):
            self.payloadTask.cancel()
            self.end(with: .failure("the relay is broken: \(error)"))
        }
    }

    package func connectionBecameWritable(_ connection: FrameConnection) { self.resumeDrainWaiters() }

    private func resumeDrainWaiters() {
        let waiters = self.drainWaiters
        self.drainWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Handlers

    private func startHandler(_ payload: Result<Payload, PayloadProblem>, _ id: PayloadNumber) {
        self.backpressure.beginResponse()
        self.payloadTask.run(PayloadTask.Work(payload: payload, id: id), on: self.loop) { await self.serve(from: $0) }
    }

    /// Handles `first` and the payloads after it. A new task for each payload would be a tenth of a request's cost.
    private func serve(from first: PayloadTask.Work) async {
        var next: PayloadTask.Work? = first
        // The waiting task must not keep the request alive.
        while let work = next.take() {
            let id = work.id
            await self.serve(consume work)
            if Task.isCancelled {
                self.loop.execute { self.handlerReturned(id) }
                return
            }
            guard self.loop.inEventLoop else {
                next = await withUnsafeContinuation { continuation in
                    self.loop.execute {
                        self.payloadTask.park(continuation)
                        self.handlerReturned(id)
                    }
                }
                continue
            }
            next = self.nextInPlace(after: id)
            if next == nil, !Task.isCancelled { next = await withUnsafeContinuation { self.payloadTask.park($0) } }
        }
    }

    /// Refuses a payload, for which no kernel is needed.
    private func refuse(_ problem: PayloadProblem, _ id: PayloadNumber) async {
        let level: Logger.Level = problem.fault == .client ? .info : .error
        self.logger.log(level: level, "refused a request from RoadRunner: \(problem)")
        await self.handlers.refuse(problem, PayloadResponder(worker: self, id: id))
    }

    @inline(__always)
    private func serve(_ work: consuming PayloadTask.Work) async {
        let id = work.id
        let payload: Payload
        switch work.payload {
        case .success(let work): payload = work
        case .failure(let problem): return await self.refuse(problem, id)
        }
        let lease: HandlerLease
        if let ready = self.handlers.acquire() { lease = ready } else { lease = await self.handlers.acquireWhenReady() }
        self.lease = (id, lease)
        let responder = PayloadResponder(worker: self, id: id)
        let outcome = await lease.handler.handle(payload, responder)
        // An abandoned handler no longer has a lease, and its outcome is ignored.
        guard self.lease?.id == id else { return }
        self.lease = nil
        guard let reset = self.handlers.release(lease, outcome) else { return }
        // RoadRunner waits for the response, but not for the reset, and a worker that is shutting down needs no reset.
        guard await self.finishResponse(id) else { return reset.skip() }
        if Task.isCancelled {
            await responder.runDetached { await reset.perform(isLimited: false) }
        } else {
            await reset.perform(isLimited: false)
        }
    }

    /// Finishes the response after the handler has returned, before the payload is done.
    ///
    /// - Returns: whether more payloads may come.
    private func finishResponse(_ id: PayloadNumber) async -> Bool {
        await self.loop.submit {
            if self.machine.isRunning(id), case .noResponse(let isStreaming) = self.machine.handlerReturned(id) {
                self.noResponse(id, isStreaming)
            }
            return !self.machine.isShuttingDown
        }
    }

    func handlerReturned(_ id: PayloadNumber) {
        self.loop.assertInEventLoop()
        if self.settings.flushesStandardOutput { StdoutGuard.flush() }
        if self.handlers.needsReplacement { self.machine.requestReplacement() }
        // An abandoned handler may return while another one works.
        if !self.shutdownActions.isEmpty { self.shutdownActions.removeAll { $0.id == id } }
        if let metrics = self.settings.metrics { metrics.transferred(self.connection.takeStatistics()) }
        self.perform(self.machine.handlerReturned(id), id)
    }

    private func perform(_ action: WorkerStateMachine.ReturnAction, _ id: PayloadNumber) {
        switch action {
        case .noResponse(let isStreaming):
            self.noResponse(id, isStreaming)
            self.perform(self.machine.handlerReturned(id), id)
        case .idle, .ignore:
            return
        case .resumeDeferredPayload:
            self.resumeDeferredPayload()
        case .end(let recyclesDeferredPayload):
            // The timer of the deferred payload must not go on, even when its response is no longer awaited.
            _ = self.takeDeferredPayload()
            if recyclesDeferredPayload { self.sendFrame(ControlCommand.recycleRequest) }
            self.runHooks()
        }
    }

    private func noResponse(_ id: PayloadNumber, _ isStreaming: Bool) {
        self.logger.error("the handler returned without a response", metadata: ["rr.streaming": "\(isStreaming)"])
        if isStreaming {
            let context = self.terminalContext
            try? self.send(id, isLast: true, flags: .proto, body: ByteBuffer()) { buffer in
                if let context { buffer.writeImmutableBuffer(context) }
            }
        } else {
            let text = ByteBuffer(string: "the worker has no response")
            try? self.send(id, isLast: true, flags: .error, body: text) { _ in }
        }
    }

    private func resumeDeferredPayload() {
        if let payload = self.takeDeferredPayload() { self.payloadReceived(payload) }
    }

    /// Takes the payload that waited for the previous handler, whose timer is cancelled.
    private func takeDeferredPayload() -> Result<Payload, PayloadProblem>? {
        if let timer = self.finishingTimer { self.loop.cancel(timer) }
        self.finishingTimer = nil
        defer { self.deferredPayload = nil }
        return self.deferredPayload
    }

    /// Abandons the previous handler, which does not return although the next payload waits.
    private func finishingDeadlinePassed() {
        self.logger.error("abandoning a handler that kept running after its response")
        self.cancelTask()
        if let lease = self.lease { self.handlers.forfeit(lease.lease) } else { self.handlers.giveUpReset() }
        self.lease = nil
        self.machine.abandonFinishingHandler()
        self.resumeDeferredPayload()
    }

    /// Cancels the handler's task. The next payload gets a new task.
    func cancelTask() {
        self.loop.assertInEventLoop()
        self.payloadTask.cancel()
        self.resumeDrainWaiters()
    }

    // MARK: The end of a response

    private func sendFrame(_ frame: Frame) {
        // These frames are a few bytes long: they always fit.
        try? self.connection.send(frame)
    }

    func sendTerminalFrame() {
        let context = self.terminalContext
        self.terminalContext = nil
        try? self.connection.send(flags: .proto, stream: [], body: ByteBuffer()) { buffer in
            if let context { buffer.writeImmutableBuffer(context) }
        }
        self.connection.flush()
        self.noteActivity()
    }

    /// Ends the loop, and abandons any work that is still in flight.
    func end(with exit: WorkerExit) {
        self.loop.assertInEventLoop()
        guard self.exit == nil else { return }
        self.exit = exit
        self.shutdown?.cancelTimers(self.loop)
        _ = self.takeDeferredPayload()
        self.payloadTask.end()
        self.loop.stopObserving(self)
        self.exitWaiter?.resume(returning: exit)
        self.exitWaiter = nil
    }
}
