import Logging
import NIOCore
import Synchronization

/// The limits of an RPC connection.
package struct RPCSettings: Sendable {
    /// Calls that wait for a response.
    package var maximumCalls = 16 * 1024
    /// Bytes that wait to be taken by RoadRunner.
    package var maximumPendingBytes = 512 * 1024 * 1024
    /// The longest answer, in bytes.
    package var maximumResponseSize = FrameDecoder.defaultMaximumPayloadSize
    /// How long an attempt to connect may take, in milliseconds, for each address that a name stands for.
    package var connectTimeout: CInt = 1000
    /// How long the calls before the very first connection wait for RoadRunner to listen.
    package var initialConnectTimeout = Duration.seconds(1)
    /// After this no response is expected any more to a call that was given up; a connection that many such wear out is replaced.
    package var abandonedLifetime = Duration.seconds(30)
    /// The sequence number before the first.
    package var lastNumber: UInt32 = 0

    package init() {}
}

/// Performs what the state machine of an RPC connection decides. Its state belongs to the loop.
final class RPCChannel: FrameConnectionDelegate, @unchecked Sendable {
    let address: RelayAddress
    let loop: PollEventLoop
    private let ownsLoop: Bool
    private let logger: Logger
    private let settings: RPCSettings
    /// The remedy where nobody listens.
    private let hint: String
    // See PollEventLoop for why.
    @exclusivity(unchecked) private var machine: RPCStateMachine<PendingCall>
    @exclusivity(unchecked) private var connection: FrameConnection?
    private var random = SystemRandomNumberGenerator()
    /// When the first of the waiting calls runs out of time, and the timer for it.
    private var deadlineTimer: (deadline: UInt64, token: TimerHeap.Token)?
    private var hasWarned = false
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var closeTimer: TimerHeap.Token?
    /// How many connections have ended without having been closed here. It may be read anywhere.
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
            abandonedLifetime: settings.abandonedLifetime.clampedNanoseconds, lastNumber: settings.lastNumber)
    }

    deinit {
        if let connection = self.connection { self.loop.execute { connection.close() } }
        if self.ownsLoop { self.loop.shutdownWhenIdle() }
    }

    // MARK: Calls

    func send(_ call: PendingCall) async throws -> ByteBuffer {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                self.loop.execute { if call.begin(continuation) { self.begin(call) } }
            }
        } onCancel: {
            self.loop.execute { self.cancel(call) }
        }
    }

    private func begin(_ call: PendingCall) {
        let now = SystemCall.monotonicNanoseconds()
        let deadline = now.addingReportingOverflow(call.timeout.clampedNanoseconds)
        if let connection = self.connection, connection.pendingBytes + call.unsentBytes > self.settings.maximumPendingBytes {
            call.fail(RPCError(.tooManyCalls, method: call.method.name, "RoadRunner has not yet taken what was sent before"))
            return
        }
        if self.machine.isWornOut(now: now) { self.replaceConnection() }
        switch self.machine.begin(call, deadline: deadline.overflow ? .max : deadline.partialValue, now: now) {
        case .refuse(let code, let reason):
            call.fail(RPCError(code, method: call.method.name, reason))
            return
        case .connect(let number):
            call.number = number
            self.connect()
        case .wait(let number):
            call.number = number
        case .send(let number):
            call.number = number
            self.write(call, number)
        }
        if !deadline.overflow { self.expire(by: deadline.partialValue) }
    }

    private func write(_ call: PendingCall, _ number: UInt32) {
        guard let connection = self.connection else { return }
        do throws(FrameError) {
            try connection.send(flags: call.codec.flag, number: number, body: call.takeArguments()) {
                $0.writeString(call.method.name)
            }
            connection.flushAtEndOfTick()
        } catch {
            self.machine.failedToSend(number)?.fail(RPCError(.tooLarge, method: call.method.name, "\(error)"))
        }
    }

    private func cancel(_ call: PendingCall) {
        guard !call.isOver else { return }
        if let number = call.number { self.machine.cancel(number, now: SystemCall.monotonicNanoseconds()) }
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
        // Names are resolved and connections awaited where nobody else has to wait.
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
        guard let number = RPCResponse.number(of: frame) else {
            return self.closeWithError(connection, "a frame came that is no response")
        }
        switch self.machine.received(number) {
        case .answer(let call):
            switch RPCResponse(frame, codec: call.codec) {
            case .result(let result): call.succeed(result)
            case .error(let text): call.fail(RPCError(method: call.method.name, remote: text))
            case nil:
                self.fail([call], .malformedResponse, self.malformed("its response has another codec than the call"))
                self.closeWithError(connection, "a response came with another codec than its call")
            }
            self.finishClosing()
        case .late(let call):
            if let late = call.late, case .result(let result) = RPCResponse(frame, codec: call.codec) { late(result) }
            self.finishClosing()
        case .unknown:
            guard !self.hasWarned else { return }
            self.hasWarned = true
            self.logger.warning(
                "RoadRunner answered a call that was not made, or that it had answered before",
                metadata: ["rr.rpc.sequence": "\(number)"])
        }
    }

    /// Only the call whose response it would have been fails.
    func connection(_ connection: FrameConnection, received frame: OversizedFrame) {
        guard frame.options.count == 2, frame.stream.isEmpty else { return self.closeWithError(connection, "\(frame.error)") }
        switch self.machine.received(frame.options[0]) {
        case .answer(let call):
            self.fail(
                [call], .malformedResponse,
                "its response has \(frame.length) bytes, which are more than the \(frame.limit) that are read; it was dropped")
        case .late, .unknown:
            self.finishClosing()
        }
    }

    private func fail(_ calls: RPCStateMachine<PendingCall>.Remainder, _ code: RPCError.Code, _ reason: String) {
        for call in calls.abandoned { call.late?(nil) }
        self.fail(calls.waiting, code, reason)
    }

    private func malformed(_ reason: String) -> String { "\(reason); the connection to \(self.address) was closed" }

    private func fail(_ calls: [PendingCall], _ code: RPCError.Code, _ reason: String) {
        for call in calls { call.fail(RPCError(code, method: call.method.name, reason)) }
        self.finishClosing()
    }

    /// The bytes are malformed, so that nothing that follows can be trusted.
    private func closeWithError(_ connection: FrameConnection, _ reason: String) {
        self.lose(connection)
        let calls = self.machine.disconnected(
            reason, isBroken: true, now: SystemCall.monotonicNanoseconds(), using: &self.random)
        self.fail(calls, .malformedResponse, self.malformed(reason))
    }

    /// Its numbers are taken by calls that RoadRunner has not answered for long.
    private func replaceConnection() {
        if let connection { self.lose(connection) }
        let reason = "too many abandoned calls have had no response"
        let calls = self.machine.disconnected(
            reason, isBroken: false, now: SystemCall.monotonicNanoseconds(), using: &self.random)
        self.logger.warning(
            "the connection to RoadRunner is replaced: too many abandoned calls have had no response",
            metadata: ["rr.rpc.abandoned": "\(calls.abandoned.count)"])
        self.fail(calls, .disconnected, "the connection to \(self.address) was replaced: \(reason)")
    }

    private func lose(_ connection: FrameConnection) {
        connection.close()
        self.connection = nil
        self.losses.wrappingAdd(1, ordering: .releasing)
    }

    func connection(_ connection: FrameConnection, ended reason: CloseReason) {
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

    /// The caller of close may have waited for calls that were given up, but not yet written.
    func connectionBecameWritable(_ connection: FrameConnection) { self.finishClosing() }

    // MARK: Closing

    func close(within deadline: Duration) async {
        await withCheckedContinuation { continuation in
            self.loop.execute {
                for call in self.machine.close() {
                    call.fail(RPCError(.closed, method: call.method.name, "the connection was closed before the call was sent"))
                }
                self.closers.append(continuation)
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
        guard !self.closers.isEmpty, !self.machine.hasWaitingCalls, self.connection?.pendingBytes ?? 0 == 0 else { return }
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
        let closers = self.closers
        self.closers.removeAll()
        for closer in closers { closer.resume() }
    }
}
