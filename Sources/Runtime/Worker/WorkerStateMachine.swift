/// The number of a payload of a worker loop, which only grows.
package typealias PayloadNumber = UInt64

/// Tracks the response that a worker owes RoadRunner. A value without I/O: events go in, actions come out.
///
/// It guarantees that every payload gets exactly one terminal frame, and that a STOP frame outside of a stream is ignored.
/// RoadRunner's frames carry no request number, so one frame too many or too few would shift every later response.
package struct WorkerStateMachine: Sendable {
    /// The exchange that is in progress. Payloads are numbered from 1.
    private enum Exchange: Hashable {
        case none
        /// A payload waits for its terminal frame.
        case running(PayloadNumber, isStreaming: Bool)
        /// The terminal frame was sent, the handler has not returned yet.
        case finishing(PayloadNumber, hasWaitingPayload: Bool)
    }

    private enum ShutdownCause: Hashable { case stopCommand, signal, endOfStream }

    private var exchange = Exchange.none
    private var shutdownCause: ShutdownCause?
    private var lastExchange: PayloadNumber = 0
    private var cancelledExchange: PayloadNumber = 0
    private var wantsReplacement = false

    package init() {}

    /// For tests: whether no payload is being handled.
    package var isIdle: Bool { self.exchange == .none }
    package var isShuttingDown: Bool { self.shutdownCause != nil }
    /// Whether RoadRunner waits for no response.
    package var owesNothing: Bool {
        switch self.exchange {
        case .none, .finishing(_, hasWaitingPayload: false): true
        case .running, .finishing(_, hasWaitingPayload: true): false
        }
    }

    /// Requests a replacement for this worker: the next payload is answered with the recycle request.
    ///
    /// The first payload of a worker never is: the debug pool would turn the request into an empty 200.
    package mutating func requestReplacement() { self.wantsReplacement = true }

    // MARK: Events from RoadRunner

    /// Whether to answer a question for the pid. The pid is sent only while nothing is owed: at any other time RoadRunner would
    /// take it for the response.
    package func mustSendPid() -> Bool { self.exchange == .none && self.shutdownCause == nil }

    package enum PayloadAction: Hashable {
        case start(PayloadNumber)
        /// The previous handler has responded, but has not returned: defer the payload until it has.
        case deferPayload
        /// Answer with the recycle request.
        case recycle
        /// The payload arrived before the response to the previous one.
        case protocolViolation
    }

    package mutating func payloadReceived() -> PayloadAction {
        switch self.exchange {
        case .none:
            return self.take()
        case .finishing(let id, hasWaitingPayload: false):
            if self.mustRecycle { return .recycle }
            self.exchange = .finishing(id, hasWaitingPayload: true)
            return .deferPayload
        case .running, .finishing(_, hasWaitingPayload: true):
            return .protocolViolation
        }
    }

    private var mustRecycle: Bool {
        // Never its first payload, unless the worker is shutting down: RoadRunner's debug pool would turn that into an empty 200.
        self.shutdownCause != nil || (self.wantsReplacement && self.lastExchange > 0)
    }

    private mutating func take() -> PayloadAction {
        if self.mustRecycle { return .recycle }
        self.lastExchange &+= 1
        self.exchange = .running(self.lastExchange, isStreaming: false)
        return .start(self.lastExchange)
    }

    package enum StopFrameAction: Hashable {
        /// Cancel the handler and send a terminal frame.
        case cancelStream(PayloadNumber)
        case ignore
    }

    /// The client has left. RoadRunner keeps reading until it gets a terminal frame.
    package mutating func stopFrameReceived() -> StopFrameAction {
        guard case .running(let id, isStreaming: true) = self.exchange else { return .ignore }
        self.cancelledExchange = id
        self.exchange = .finishing(id, hasWaitingPayload: false)
        return .cancelStream(id)
    }

    package enum EndAction: Hashable {
        /// Nothing is left to do but the stop hooks.
        case end
        /// The handler has until the deadline to respond.
        case awaitHandler
        /// Cancel the handler. A terminal frame is sent when `sendsTerminalFrame`.
        case cancelHandler(PayloadNumber, sendsTerminalFrame: Bool)
        /// The worker is already shutting down.
        case none
    }

    package mutating func stopCommandReceived() -> EndAction { self.end(.stopCommand) }
    package mutating func signalReceived() -> EndAction { self.end(.signal) }

    /// RoadRunner is gone: no response can be sent any more.
    package mutating func streamEnded() -> EndAction {
        let wasShuttingDown = self.shutdownCause != nil
        self.shutdownCause = .endOfStream
        switch self.exchange {
        case .none:
            return wasShuttingDown ? .none : .end
        case .running(let id, _):
            self.cancelledExchange = id
            self.exchange = .finishing(id, hasWaitingPayload: false)
            return .cancelHandler(id, sendsTerminalFrame: false)
        case .finishing(let id, _):
            return .cancelHandler(id, sendsTerminalFrame: false)
        }
    }

    private mutating func end(_ cause: ShutdownCause) -> EndAction {
        guard self.shutdownCause == nil || (self.shutdownCause == .signal && cause == .stopCommand) else { return .none }
        let wasShuttingDown = self.shutdownCause != nil
        self.shutdownCause = cause
        switch self.exchange {
        case .none:
            return wasShuttingDown ? .none : .end
        case .running(let id, isStreaming: true) where cause == .stopCommand:
            // RoadRunner no longer reads the stream.
            return self.cancelStream(id)
        case .running, .finishing:
            return wasShuttingDown ? .none : .awaitHandler
        }
    }

    private mutating func cancelStream(_ id: PayloadNumber) -> EndAction {
        self.cancelledExchange = id
        self.exchange = .finishing(id, hasWaitingPayload: false)
        return .cancelHandler(id, sendsTerminalFrame: true)
    }

    package enum DeadlineAction: Hashable {
        /// The time of the stream is over: end it, and allow a last moment.
        case cancelStream(PayloadNumber)
        case giveUp
    }

    /// The time for the shutdown is over.
    package mutating func deadlinePassed() -> DeadlineAction {
        if self.shutdownCause == .signal, case .running(let id, isStreaming: true) = self.exchange {
            _ = self.cancelStream(id)
            return .cancelStream(id)
        }
        return .giveUp
    }

    /// Ends a stream whose time is over, while the worker goes on.
    ///
    /// - Returns: whether there is one; then its handler must be cancelled, and a terminal frame sent.
    package mutating func endStream() -> Bool {
        guard case .running(let id, isStreaming: true) = self.exchange else { return false }
        _ = self.cancelStream(id)
        return true
    }

    // MARK: Events from the handler

    package enum ResponseDecision: Hashable {
        case send
        /// The response is complete, or belongs to an earlier payload.
        case alreadyFinished
        /// The response is no longer awaited.
        case cancelled
    }

    /// The handler wants to send a frame; `isLast` makes it the terminal one.
    package mutating func respond(to id: PayloadNumber, isLast: Bool) -> ResponseDecision {
        guard case .running(id, _) = self.exchange else {
            return id == self.cancelledExchange ? .cancelled : .alreadyFinished
        }
        self.exchange = isLast ? .finishing(id, hasWaitingPayload: false) : .running(id, isStreaming: true)
        return .send
    }

    package enum ReturnAction: Hashable {
        /// The handler returned without a response: finish the response in its place, then report the return again.
        case noResponse(isStreaming: Bool)
        case idle
        /// Start the payload that was held, by ``payloadReceived()``.
        case resumeDeferredPayload
        /// Continue the shutdown. With `recyclesDeferredPayload` the payload that was held is answered first.
        case end(recyclesDeferredPayload: Bool)
        /// It was an earlier handler, on which nothing depends any more.
        case ignore
    }

    package mutating func handlerReturned(_ id: PayloadNumber) -> ReturnAction {
        switch self.exchange {
        case .running(id, let isStreaming):
            return .noResponse(isStreaming: isStreaming)
        case .finishing(id, let hasWaitingPayload):
            self.exchange = .none
            if self.shutdownCause != nil {
                return .end(recyclesDeferredPayload: hasWaitingPayload && self.shutdownCause != .endOfStream)
            }
            return hasWaitingPayload ? .resumeDeferredPayload : .idle
        case .none, .running, .finishing:
            return .ignore
        }
    }

    /// Whether the terminal frame is still owed.
    package func isRunning(_ id: PayloadNumber) -> Bool {
        if case .running(id, _) = self.exchange { true } else { false }
    }

    package func isFinishing(_ id: PayloadNumber) -> Bool {
        if case .finishing(id, _) = self.exchange { true } else { false }
    }

    package func isCancelled(_ id: PayloadNumber) -> Bool { id == self.cancelledExchange }

    /// Abandons the handler that continues after its response: the held payload no longer waits for it.
    package mutating func abandonFinishingHandler() {
        if case .finishing = self.exchange { self.exchange = .none }
    }
}
