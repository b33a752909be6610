/// Counts the payloads of a worker loop; only grows.
package typealias PayloadNumber = UInt64

/// Tracks what a worker owes RoadRunner at any moment. A value without I/O: events go in, actions come out.
///
/// Its two promises: every payload gets exactly one terminal frame, and a STOP that comes when no stream is running is ignored.
/// RoadRunner's frames carry no request number, so that one frame too many or too few would shift every later answer.
package struct WorkerStateMachine: Sendable {
    /// Numbers the payloads of a worker, from 1.
    private enum Exchange: Hashable {
        case none
        /// A payload waits for its terminal frame.
        case running(PayloadNumber, isStreaming: Bool)
        /// The terminal frame was sent, the handler has not returned yet.
        case finishing(PayloadNumber, hasWaitingPayload: Bool)
    }

    private enum Ending: Hashable { case stopCommand, signal, endOfStream }

    private var exchange = Exchange.none
    private var ending: Ending?
    private var lastExchange: PayloadNumber = 0
    private var cancelledExchange: PayloadNumber = 0
    private var wantsReplacement = false

    package init() {}

    /// No payload is being worked on.
    package var isIdle: Bool { self.exchange == .none }
    package var isEnding: Bool { self.ending != nil }
    /// RoadRunner waits for no response.
    package var owesNothing: Bool {
        switch self.exchange {
        case .none, .finishing(_, hasWaitingPayload: false): true
        case .running, .finishing(_, hasWaitingPayload: true): false
        }
    }

    /// RoadRunner must put another worker in this one's place: the next payload is answered with the recycle request.
    ///
    /// The first payload of a worker never is: the debug pool would turn the request into an empty 200.
    package mutating func requestReplacement() { self.wantsReplacement = true }

    // MARK: What comes from RoadRunner

    /// The pid exchange is answered only while nothing else is owed: any other time the response would be taken for a response.
    package func mustSendPid() -> Bool { self.exchange == .none && self.ending == nil }

    package enum PayloadAction: Hashable {
        case start(PayloadNumber)
        /// The handler before has answered, but has not returned: hold the payload until it has.
        case hold
        /// Answer with the recycle request.
        case recycle
        /// RoadRunner sends the next payload only after a response.
        case protocolViolation
    }

    package mutating func payloadReceived() -> PayloadAction {
        switch self.exchange {
        case .none:
            return self.take()
        case .finishing(let id, hasWaitingPayload: false):
            if self.mustRecycle { return .recycle }
            self.exchange = .finishing(id, hasWaitingPayload: true)
            return .hold
        case .running, .finishing(_, hasWaitingPayload: true):
            return .protocolViolation
        }
    }

    private var mustRecycle: Bool {
        // Never its first payload, unless the worker is ending: RoadRunner's debug pool would turn that into an empty 200.
        self.ending != nil || (self.wantsReplacement && self.lastExchange > 0)
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

    /// The client has left. RoadRunner reads on until it sees a terminal frame.
    package mutating func stopFrameReceived() -> StopFrameAction {
        guard case .running(let id, isStreaming: true) = self.exchange else { return .ignore }
        self.cancelledExchange = id
        self.exchange = .finishing(id, hasWaitingPayload: false)
        return .cancelStream(id)
    }

    package enum EndAction: Hashable {
        /// Nothing is left to do but the stop hooks.
        case end
        /// The handler has until the deadline to answer.
        case awaitHandler
        /// Cancel the handler. A terminal frame is sent when `sendsTerminalFrame`.
        case cancelHandler(PayloadNumber, sendsTerminalFrame: Bool)
        /// It is ending already.
        case none
    }

    package mutating func stopCommandReceived() -> EndAction { self.end(.stopCommand) }
    package mutating func signalReceived() -> EndAction { self.end(.signal) }

    /// RoadRunner is gone: nothing can be answered any more.
    package mutating func streamEnded() -> EndAction {
        let wasEnding = self.ending != nil
        self.ending = .endOfStream
        switch self.exchange {
        case .none:
            return wasEnding ? .none : .end
        case .running(let id, _):
            self.cancelledExchange = id
            self.exchange = .finishing(id, hasWaitingPayload: false)
            return .cancelHandler(id, sendsTerminalFrame: false)
        case .finishing(let id, _):
            return .cancelHandler(id, sendsTerminalFrame: false)
        }
    }

    private mutating func end(_ cause: Ending) -> EndAction {
        guard self.ending == nil || (self.ending == .signal && cause == .stopCommand) else { return .none }
        let wasEnding = self.ending != nil
        self.ending = cause
        switch self.exchange {
        case .none:
            return wasEnding ? .none : .end
        case .running(let id, isStreaming: true) where cause == .stopCommand:
            // RoadRunner does not read the stream any more.
            return self.cancelStream(id)
        case .running, .finishing:
            return wasEnding ? .none : .awaitHandler
        }
    }

    private mutating func cancelStream(_ id: PayloadNumber) -> EndAction {
        self.cancelledExchange = id
        self.exchange = .finishing(id, hasWaitingPayload: false)
        return .cancelHandler(id, sendsTerminalFrame: true)
    }

    package enum DeadlineAction: Hashable {
        /// A stream had until now; end it and allow a last moment.
        case cancelStream(PayloadNumber)
        case giveUp
    }

    /// The time that an ending may take is over.
    package mutating func deadlinePassed() -> DeadlineAction {
        if self.ending == .signal, case .running(let id, isStreaming: true) = self.exchange {
            _ = self.cancelStream(id)
            return .cancelStream(id)
        }
        return .giveUp
    }

    /// A stream has had its time, though nothing else ends.
    ///
    /// - Returns: whether there is one: its handler is to be cancelled, and a terminal frame sent.
    package mutating func endStream() -> Bool {
        guard case .running(let id, isStreaming: true) = self.exchange else { return false }
        _ = self.cancelStream(id)
        return true
    }

    // MARK: What comes from the handler

    package enum ResponseDecision: Hashable {
        case send
        /// The response is complete, or belongs to an earlier payload.
        case alreadyFinished
        /// The response is not waited for any more.
        case cancelled
    }

    /// The handler wants to send a frame; `isLast` makes it the terminal one.
    package mutating func reply(to id: PayloadNumber, isLast: Bool) -> ResponseDecision {
        guard case .running(id, _) = self.exchange else {
            return id == self.cancelledExchange ? .cancelled : .alreadyFinished
        }
        self.exchange = isLast ? .finishing(id, hasWaitingPayload: false) : .running(id, isStreaming: true)
        return .send
    }

    package enum ReturnAction: Hashable {
        /// The handler left without a response: finish it in its place, then report the return again.
        case noResponse(isStreaming: Bool)
        case idle
        /// Start the payload that was held. (Take it by ``payloadReceived()``.)
        case resumeDeferredPayload
        /// The ending may go on; `recyclesDeferredPayload` first answers the payload that was held.
        case end(recyclesDeferredPayload: Bool)
        /// Some earlier handler; nothing depends on it any more.
        case ignore
    }

    package mutating func handlerReturned(_ id: PayloadNumber) -> ReturnAction {
        switch self.exchange {
        case .running(id, let isStreaming):
            return .noResponse(isStreaming: isStreaming)
        case .finishing(id, let hasWaitingPayload):
            self.exchange = .none
            if self.ending != nil {
                return .end(recyclesDeferredPayload: hasWaitingPayload && self.ending != .endOfStream)
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

    /// The handler that works on after its response has had its time: the held payload does not wait for it any longer.
    package mutating func abandonFinishingHandler() {
        if case .finishing = self.exchange { self.exchange = .none }
    }
}
