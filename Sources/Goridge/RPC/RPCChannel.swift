import Logging
import NIOCore
import Synchronization

/// Performs the actions of an RPC connection's state machine. Its state is confined to the loop.
final class RPCChannel: FrameConnectionDelegate, @unchecked Sendable {
    let address: RelayAddress
    let loop: PollEventLoop
    private let ownsLoop: Bool
    private let logger: Logger
    private let settings: RPCSettings
    /// What to do when nothing listens at the address.
    private let hint: String
    // See PollEventLoop for why.
    @exclusivity(unchecked) private var machine: RPCStateMachine<PendingCall>
    @exclusivity(unchecked) private var connection: FrameConnection?
    private var random = SystemRandomNumberGenerator()
    /// The earliest deadline of the waiting calls, and its timer.
    private var deadlineTimer: (deadline: UInt64, token: TimerHeap.Token)?
    private var hasWarned = false
    private var closeWaiters: [CheckedContinuation<Void, Never>] = []
    private var closeTimer: TimerHeap.Token?
    /// The number of connections that ended without being closed here. It may be read on any thread.
    let losses = Atomic(0)

    init(address: RelayAddress, loop: PollEventLoop, logger: Logger, ownsLoop: Bool, settings: RPCSettings, hint: String?) {
        self.address = address
        self.loop = loop
        self.ownsLoop = ownsLoop
        self.logger = logger
        self.settings = settings
        self.hint = hint.map { ". \($0)" } ?? ""
        self.machine = RPCStateMachine(
            maximumCalls: settings.maximumCalls, initialConnectTimeout: settings.initialConnectTimeout.clampedNanoseconds,
            abandonedLifetime: settings.abandonedLifetime.clampedNanoseconds, lastSequenceNumber: settings.lastSequenceNumber)
    }

    deinit {
        if let connection = self.connection { self.loop.execute { connection.close() } }
        if self.ownsLoop { self.loop.shutdownWhenIdle() }
    }

    // MARK: Calls

    func send(_ call: PendingCall) async throws -> ByteBuffer {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                self.loop.execute { if call.attach(continuation) { self.start(call) } }
            }
        } onCancel: {
            self.loop.execute { self.cancel(call) }
        }
    }

    private func start(_ call: PendingCall) {
        self.loop.assertInEventLoop()
        let now = SystemCall.monotonicNanoseconds()
        let deadline = now.addingReportingOverflow(call.timeout.clampedNanoseconds)
        if let connection = self.connection, connection.pendingBytes + call.unsentBytes > self.settings.maximumPendingBytes {
            call.fail(RPCError(.tooManyCalls, method: call.method.name, "RoadRunner has not yet read the calls before it"))
            return
        }
        if self.machine.isWornOut(now: now) { self.replaceConnection() }
        switch self.machine.send(call, deadline: deadline.overflow ? .max : deadline.partialValue, now: now) {
        case .refuse(let code, let reason):
            call.fail(RPCError(code, method: call.method.name, reason))
            return
        case .connect(let number):
            call.sequenceNumber = number
            self.connect()
        case .wait(let number):
            call.sequenceNumber = number
        case .send(let number):
            call.sequenceNumber = number
            self.write(call, number)
        }
        if !deadline.overflow { self.expire(by: deadline.partialValue) }
    }

    private func write(_ call: PendingCall, _ number: UInt32) {
        guard let connection = self.connection else { return }
        do throws(FrameError) {
            try connection.send(flags: call.codec.flag, sequenceNumber: number, body: call.takeArguments()) {
                $0.writeString(call.method.name)
            }
            connection.flushAtEndOfTick()
        } catch {
            self.machine.failedToSend(number)?.fail(RPCError(.tooLarge, method: call.method.name, "\(error)"))
        }
    }

    private func cancel(_ call: PendingCall) {
        self.loop.assertInEventLoop()
        guard !call.isOver else { return }
        if let number = call.sequenceNumber { self.machine.cancel(number, now: SystemCall.monotonicNanoseconds()) }
        call.fail(CancellationError())
        self.finishClosing()
    }

    private func expire(by deadline: UInt64) {
        if let deadlineTimer = self.deadlineTimer {
            guard deadline < deadlineTimer.deadline else { return }
            self.loop.cancel(deadlineTimer.token)
        }
        let now = SystemCall.monotonicNanoseconds()
        let token = self.loop.schedule(after: deadline > now ? deadline - now : 0) { [weak self] in self?.expireCalls() }
        self.deadlineTimer = (deadline, token)
    }

    private func expireCalls() {
        self.deadlineTimer = nil
        let isConnected = self.machine.connection == .open
        let (expired, next) = self.machine.expire(now: SystemCall.monotonicNanoseconds())
        for call in expired {
            let what =
                isConnected
                ? "no response came within \(call.timeout)"
                : "there was no connection to \(self.address) within \(call.timeout)\(self.hint)"
            call.fail(RPCError(.timeout, method: call.method.name, what))
        }
        if let next { self.expire(by: next) }
        self.finishClosing()
    }

    // MARK: The connection

    private func connect() {
        let address = self.address
        let timeout = self.settings.connectTimeout
        // Resolving names and connecting block, so they have their own thread.
        LoopThread.start(name: "rr-rpc-connect") {
            let result: Result<RelayDescriptors, RelayConnectionError>
            do throws(RelayConnectionError) {
                result = .success(try RelayConnection.connect(to: address, timeout: timeout))
            } catch {
                result = .failure(error)
            }
            self.loop.execute { self.connected(result) }
        }
    }

    private func connected(_ result: Result<RelayDescriptors, RelayConnectionError>) {
        self.loop.assertInEventLoop()
        switch result {
        case .failure(let error):
            self.connectFailed("\(error)\(self.hint)")
        case .success(let descriptors):
            let connection = FrameConnection(
                loop: self.loop, descriptors: descriptors, maximumPayloadSize: self.settings.maximumResponseSize)
            do {
                try connection.open()
            } catch {
                return self.connectFailed("\(error)")
            }
            guard let calls = self.machine.connected() else { return connection.close() }
            connection.delegate = self
            self.connection = connection
            for (number, call) in calls { self.write(call, number) }
        }
    }

    private func connectFailed(_ reason: String) {
        switch self.machine.connectFailed(reason, now: SystemCall.monotonicNanoseconds(), using: &self.random) {
        case .retry(let wait):
            _ = self.loop.schedule(after: wait) { [weak self] in
                guard let self, self.machine.retry() else { return }
                self.connect()
            }
        case .fail(let calls):
            self.fail(calls, .unreachable, reason)
        }
    }

    func connection(_ connection: FrameConnection, received frame: Frame) {
        self.loop.assertInEventLoop()
        guard let number = RPCResult.sequenceNumber(of: frame) else {
            return self.closeWithError(connection, "received a frame that is not a response")
        }
        switch self.machine.received(number) {
        case .response(let call):
            switch RPCResult(frame, codec: call.codec) {
            case .result(let result): call.succeed(result)
            case .error(let text): call.fail(RPCError(method: call.method.name, remote: text))
            case nil:
                self.fail([call], .malformedResponse, self.malformed("its response has a different codec"))
                self.closeWithError(connection, "received a response with a different codec than its call")
            }
            self.finishClosing()
        case .lateResponse(let call):
            if let onLateResult = call.onLateResult, case .result(let result) = RPCResult(frame, codec: call.codec) {
                onLateResult(result)
            }
            self.finishClosing()
        case .unknown:
            guard !self.hasWarned else { return }
            self.hasWarned = true
            self.logger.warning(
                "unexpected response from RoadRunner: its sequence number is unknown or was answered before",
                metadata: ["rr.rpc.sequence": "\(number)"])
        }
    }

    /// Fails only the call to which this was the response.
    func connection(_ connection: FrameConnection, received frame: OversizedFrame) {
        guard frame.options.count == 2, frame.stream.isEmpty else { return self.closeWithError(connection, "\(frame.error)") }
        switch self.machine.received(frame.options[0]) {
        case .response(let call):
            self.fail(
                [call], .malformedResponse,
                "its response was dropped: \(frame.length) bytes exceed the limit of \(frame.limit)")
        case .lateResponse, .unknown:
            self.finishClosing()
        }
    }

    private func fail(_ calls: RPCStateMachine<PendingCall>.Remainder, _ code: RPCError.Code, _ reason: String) {
        for call in calls.abandoned { call.onLateResult?(nil) }
        self.fail(calls.waiting, code, reason)
    }

    private func malformed(_ reason: String) -> String { "\(reason); the connection to \(self.address) was closed" }

    private func fail(_ calls: [PendingCall], _ code: RPCError.Code, _ reason: String) {
        for call in calls { call.fail(RPCError(code, method: call.method.name, reason)) }
        self.finishClosing()
    }

    /// Closes the connection: after malformed bytes nothing that follows can be trusted.
    private func closeWithError(_ connection: FrameConnection, _ reason: String) {
        self.lose(connection)
        let calls = self.machine.disconnected(
            reason, isBroken: true, now: SystemCall.monotonicNanoseconds(), using: &self.random)
        self.fail(calls, .malformedResponse, self.malformed(reason))
    }

    /// Replaces a connection whose sequence numbers are reserved by calls that RoadRunner has not answered for long.
    private func replaceConnection() {
        if let connection { self.lose(connection) }
        let reason = "too many abandoned calls have no response"
        let calls = self.machine.disconnected(
            reason, isBroken: false, now: SystemCall.monotonicNanoseconds(), using: &self.random)
        self.logger.warning(
            "replacing the connection to RoadRunner: too many abandoned calls have no response",
            metadata: ["rr.rpc.abandoned": "\(calls.abandoned.count)"])
        self.fail(calls, .disconnected, "the connection to \(self.address) was replaced: \(reason)")
    }

    private func lose(_ connection: FrameConnection) {
        connection.close()
        self.connection = nil
        self.losses.wrappingAdd(1, ordering: .releasing)
    }

    func connection(_ connection: FrameConnection, ended reason: CloseReason) {
        self.loop.assertInEventLoop()
        let text: String
        switch reason {
        case .frameError(let error) where error.code != .truncated: return self.closeWithError(connection, "\(error)")
        case .frameError(let error): text = "\(error)"
        case .systemError(let error): text = "\(error)"
        case .endOfStream: text = "RoadRunner closed the connection"
        }
        self.lose(connection)
        let calls = self.machine.disconnected(
            text, isBroken: false, now: SystemCall.monotonicNanoseconds(), using: &self.random)
        self.fail(calls, .disconnected, "the connection to \(self.address) ended before the response came: \(text)")
    }

    /// The caller of close may be waiting for abandoned calls that were not written yet.
    func connectionBecameWritable(_ connection: FrameConnection) { self.finishClosing() }

    // MARK: Closing

    func close(within deadline: Duration) async {
        await withCheckedContinuation { continuation in
            self.loop.execute {
                for call in self.machine.close() {
                    call.fail(RPCError(.closed, method: call.method.name, "the connection was closed before the call was sent"))
                }
                self.closeWaiters.append(continuation)
                if self.closeTimer == nil {
                    self.closeTimer = self.loop.schedule(after: deadline.clampedNanoseconds) { [weak self] in
                        self?.endConnection()
                    }
                }
                self.finishClosing()
            }
        }
    }

    private func finishClosing() {
        guard !self.closeWaiters.isEmpty, !self.machine.hasWaitingCalls, self.connection?.pendingBytes ?? 0 == 0 else { return }
        self.endConnection()
    }

    private func endConnection() {
        self.connection?.close()
        self.connection = nil
        for token in [self.deadlineTimer?.token, self.closeTimer] { if let token { self.loop.cancel(token) } }
        self.deadlineTimer = nil
        self.closeTimer = nil
        let calls = self.machine.disconnected(
            "closed", isBroken: false, now: SystemCall.monotonicNanoseconds(), using: &self.random)
        for call in calls.waiting {
            call.fail(RPCError(.closed, method: call.method.name, "the connection was closed before the response came"))
        }
        let closeWaiters = self.closeWaiters
        self.closeWaiters.removeAll()
        for waiter in closeWaiters { waiter.resume() }
    }
}
