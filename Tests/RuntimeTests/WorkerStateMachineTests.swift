import RoadRunnerRuntime
import TestSupport
import Testing

@Suite struct WorkerStateMachineTests {
    @Test func answersAPayloadOnce() {
        var machine = WorkerStateMachine()
        #expect(machine.payloadReceived() == .start(1))
        #expect(machine.respond(to: 1, isLast: true) == .send)
        #expect(machine.respond(to: 1, isLast: true) == .alreadyFinished)
        #expect(machine.respond(to: 1, isLast: false) == .alreadyFinished)
        #expect(machine.handlerReturned(1) == .idle)
        #expect(machine.isIdle)
    }

    @Test func finishesForAHandlerThatDoesNot() {
        var machine = WorkerStateMachine()
        #expect(machine.payloadReceived() == .start(1))
        #expect(machine.handlerReturned(1) == .noResponse(isStreaming: false))
        #expect(machine.respond(to: 1, isLast: true) == .send)
        #expect(machine.handlerReturned(1) == .idle)
        #expect(machine.payloadReceived() == .start(2))
        #expect(machine.respond(to: 2, isLast: false) == .send)
        #expect(machine.handlerReturned(2) == .noResponse(isStreaming: true))
    }

    @Test func ignoresStopUnlessStreaming() {
        var machine = WorkerStateMachine()
        #expect(machine.stopFrameReceived() == .ignore)
        #expect(machine.payloadReceived() == .start(1))
        #expect(machine.stopFrameReceived() == .ignore)
        #expect(machine.respond(to: 1, isLast: false) == .send)
        #expect(machine.stopFrameReceived() == .cancelStream(1))
        #expect(machine.stopFrameReceived() == .ignore)
        #expect(machine.respond(to: 1, isLast: false) == .cancelled)
        #expect(machine.handlerReturned(1) == .idle)
        #expect(machine.stopFrameReceived() == .ignore)
    }

    @Test func defersAPayloadUntilTheHandlerHasReturned() {
        var machine = WorkerStateMachine()
        _ = machine.payloadReceived()
        _ = machine.respond(to: 1, isLast: true)
        #expect(machine.payloadReceived() == .deferPayload)
        #expect(machine.payloadReceived() == .protocolViolation)
        #expect(machine.handlerReturned(1) == .resumeDeferredPayload)
        #expect(machine.payloadReceived() == .start(2))
    }

    @Test func secondPayloadBeforeTheResponseIsAViolation() {
        var machine = WorkerStateMachine()
        _ = machine.payloadReceived()
        #expect(machine.payloadReceived() == .protocolViolation)
    }

    @Test func recyclesNeverOnTheFirstPayload() {
        var machine = WorkerStateMachine()
        machine.requestReplacement()
        #expect(machine.payloadReceived() == .start(1))
        _ = machine.respond(to: 1, isLast: true)
        _ = machine.handlerReturned(1)
        #expect(machine.payloadReceived() == .recycle)
        #expect(machine.payloadReceived() == .recycle)
    }

    /// The kernel's services already stop, so the payload is for another worker.
    @Test func recyclesTheFirstPayloadOnceItEnds() {
        var machine = WorkerStateMachine()
        #expect(machine.signalReceived() == .end)
        #expect(machine.payloadReceived() == .recycle)
    }

    @Test func stopCommandLetsABufferedResponseFinish() {
        var machine = WorkerStateMachine()
        _ = machine.payloadReceived()
        #expect(machine.stopCommandReceived() == .awaitHandler)
        #expect(machine.respond(to: 1, isLast: true) == .send)
        #expect(machine.handlerReturned(1) == .end(recyclesDeferredPayload: false))
    }

    @Test func stopCommandCancelsAStreamAtOnce() {
        var machine = WorkerStateMachine()
        _ = machine.payloadReceived()
        _ = machine.respond(to: 1, isLast: false)
        #expect(machine.stopCommandReceived() == .cancelHandler(1, sendsTerminalFrame: true))
        #expect(machine.respond(to: 1, isLast: false) == .cancelled)
    }

    @Test func signalLetsAStreamContinueUntilTheDeadline() {
        var machine = WorkerStateMachine()
        _ = machine.payloadReceived()
        _ = machine.respond(to: 1, isLast: false)
        #expect(machine.signalReceived() == .awaitHandler)
        #expect(machine.respond(to: 1, isLast: false) == .send)
        #expect(machine.deadlinePassed() == .cancelStream(1))
        #expect(machine.deadlinePassed() == .giveUp)
    }

    @Test func endOfTheRelayCancelsWithoutAFrame() {
        var machine = WorkerStateMachine()
        _ = machine.payloadReceived()
        #expect(machine.streamEnded() == .cancelHandler(1, sendsTerminalFrame: false))
        #expect(machine.respond(to: 1, isLast: true) == .cancelled)
        #expect(machine.handlerReturned(1) == .end(recyclesDeferredPayload: false))
    }

    @Test func shutdownWhileIdleEndsAtOnce() {
        for end in [\WorkerStateMachine.stopped, \.signalled, \.disconnected] {
            #expect(WorkerStateMachine()[keyPath: end] == .end)
        }
    }

    @Test func pidIsSentOnlyWithoutAPayloadInFlight() {
        var machine = WorkerStateMachine()
        #expect(machine.mustSendPid())
        _ = machine.payloadReceived()
        #expect(!machine.mustSendPid())
        _ = machine.respond(to: 1, isLast: true)
        #expect(!machine.mustSendPid())
        _ = machine.handlerReturned(1)
        #expect(machine.mustSendPid())
    }

    /// Invariants for any order of events: one terminal frame per payload, none without a payload, and none for a STOP without a
    /// stream.
    @Test func randomEventsNeverBreakTheInvariants() {
        var random = SeededGenerator.forTest()
        var events = 0
        for _ in 0..<6_000 {
            events += Model.run(&random, steps: 50)
        }
        print("randomEventsNeverBreakTheInvariants: \(events) events, \(random)")
        #expect(events >= 100_000)
    }
}

extension WorkerStateMachine {
    fileprivate var stopped: EndAction { var copy = self; return copy.stopCommandReceived() }
    fileprivate var signalled: EndAction { var copy = self; return copy.signalReceived() }
    fileprivate var disconnected: EndAction { var copy = self; return copy.streamEnded() }
}

/// A worker loop without I/O: performs the machine's actions on counters, and checks them against RoadRunner's protocol.
private struct Model {
    private var machine = WorkerStateMachine()
    private var payloads = 0
    private var terminalFrames = 0
    /// The payload that still needs its terminal frame.
    private var owed: UInt64?
    private var isStreaming = false
    /// Handlers that have not returned.
    private var handlers: [UInt64] = []
    private var holdsPayload = false
    private var peerIsGone = false
    private var hasEnded = false

    static func run(_ random: inout SeededGenerator, steps: Int) -> Int {
        var model = Model()
        var events = 0
        for _ in 0..<steps where !model.hasEnded {
            model.step(&random)
            events += 1
            model.check(random)
        }
        // All handlers return in the end.
        while let id = model.handlers.first, !model.hasEnded { model.handlerReturned(id) }
        model.check(random)
        if !model.peerIsGone, !model.hasEnded {
            #expect(model.owed == nil, "a payload was never answered; \(random)")
        }
        return events
    }

    private func check(_ random: SeededGenerator) {
        #expect(self.terminalFrames <= self.payloads, "a terminal frame too many; \(random)")
        if !self.peerIsGone, !self.hasEnded {
            let open = (self.owed == nil ? 0 : 1) + (self.holdsPayload ? 1 : 0)
            #expect(self.payloads - self.terminalFrames == open, "payloads and terminal frames are out of step; \(random)")
        }
    }

    private mutating func step(_ random: inout SeededGenerator) {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25:
            // RoadRunner strictly alternates: the next payload comes after the terminal frame.
            if self.owed == nil, !self.holdsPayload, !self.peerIsGone { self.payload() }
        case 25..<45: self.reply(&random, isLast: false)
        case 45..<60: self.reply(&random, isLast: true)
        case 60..<75: if let id = self.handlers.randomElement(using: &random) { self.handlerReturned(id) }
        case 75..<88: self.stopFrame()
        case 88..<92: self.machine.requestReplacement()
        case 92..<94: self.perform(self.machine.stopCommandReceived())
        case 94..<96: self.perform(self.machine.signalReceived())
        case 96..<97:
            self.peerIsGone = true
            self.perform(self.machine.streamEnded())
        case 97..<98 where self.machine.isShuttingDown:
            switch self.machine.deadlinePassed() {
            case .cancelStream: self.sendTerminal()
            case .giveUp: self.hasEnded = true
            }
        default:
            if self.machine.mustSendPid() {
                #expect(self.owed == nil, "a pid frame would be taken for a response")
            }
        }
    }

    private mutating func payload() {
        self.payloads += 1
        self.takePayload()
    }

    private mutating func takePayload() {
        switch self.machine.payloadReceived() {
        case .start(let id):
            self.owed = id
            self.isStreaming = false
            self.handlers.append(id)
        case .deferPayload: self.holdsPayload = true
        case .recycle:
            #expect(self.payloads > 1 || self.machine.isShuttingDown, "the first payload was recycled")
            self.terminalFrames += 1
        case .protocolViolation: Issue.record("RoadRunner's alternation was taken for a violation")
        }
    }

    private mutating func reply(_ random: inout SeededGenerator, isLast: Bool) {
        // Any handler may write, including those whose response has ended.
        guard let id = self.handlers.randomElement(using: &random) else { return }
        switch self.machine.respond(to: id, isLast: isLast) {
        case .send:
            #expect(id == self.owed, "a frame was sent for a payload that is not in flight")
            if isLast { self.sendTerminal() } else { self.isStreaming = true }
        case .alreadyFinished, .cancelled:
            #expect(id != self.owed, "a handler was refused although its response is not complete")
        }
    }

    private mutating func sendTerminal() {
        self.terminalFrames += 1
        self.owed = nil
        self.isStreaming = false
    }

    private mutating func stopFrame() {
        let wasStreaming = self.owed != nil && self.isStreaming
        switch self.machine.stopFrameReceived() {
        case .cancelStream(let id):
            #expect(wasStreaming, "a STOP without a stream was not ignored")
            #expect(id == self.owed)
            self.sendTerminal()
        case .ignore:
            #expect(!wasStreaming, "a STOP of a stream was ignored")
        }
    }

    private mutating func handlerReturned(_ id: UInt64) {
        self.handlers.removeAll { $0 == id }
        switch self.machine.handlerReturned(id) {
        case .noResponse:
            #expect(id == self.owed)
            #expect(self.machine.respond(to: id, isLast: true) == .send)
            self.sendTerminal()
            self.handlerReturned(id)
        case .resumeDeferredPayload:
            self.holdsPayload = false
            self.takePayload()
        case .end(let recycles):
            if recycles {
                self.holdsPayload = false
                self.terminalFrames += 1
            }
            self.hasEnded = true
        case .idle, .ignore: return
        }
    }

    private mutating func perform(_ action: WorkerStateMachine.EndAction) {
        switch action {
        case .end: self.hasEnded = true
        case .cancelHandler(let id, let sendsTerminalFrame):
            #expect(id == self.owed || self.owed == nil)
            if sendsTerminalFrame { self.sendTerminal() } else { self.owed = nil }
        case .awaitHandler, .none: return
        }
    }
}
