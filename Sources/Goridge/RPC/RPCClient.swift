public import Logging
public import NIOCore
import Synchronization
package import Tracing

/// A client that calls methods of RoadRunner's plugins, with many calls in flight on one connection.
///
/// It connects with the first call, and reconnects after the connection was lost: at once if that had worked, otherwise at
/// intervals that grow to two seconds. While RoadRunner cannot be reached, calls fail at once with ``RPCError/Code/unreachable``;
/// only those before the very first connection wait for a moment, since RoadRunner starts its RPC together with its workers.
///
/// Methods, errors and concurrency are those of Go's `net/rpc`. See "RPC" in RoadRunner's documentation.
public final class RPCClient: Sendable {
    /// The address at which RoadRunner listens unless `rpc.listen` is set.
    public static let defaultAddress = RelayAddress.tcp(host: "127.0.0.1", port: 6001)
    /// The time to wait for a response, unless the call has another timeout.
    public static let defaultTimeout = Duration.seconds(5)

    /// The address of RoadRunner's RPC.
    public var address: RelayAddress { self.channel.address }
    /// The number of times the connection was lost. Afterwards RoadRunner may be a new process, without the state of the previous
    /// one.
    package var lostConnections: Int { self.channel.losses.load(ordering: .acquiring) }
    /// The executor on which calls are written and responses read.
    package var executor: any TaskExecutor { self.channel.loop }
    private let channel: RPCChannel
    private let logger: Logger
    /// For tests: the tracer of calls; the process's tracer when nil.
    private let tracer: (any Tracer)?
    private let observer: (any RPCObserver)?
    /// Values that all users of this client share.
    package let shared = SharedValues()

    /// Creates a client with its own thread.
    ///
    /// - Parameters:
    ///   - address: the value of `rpc.listen`, which workers get as `RR_RPC`. Nothing is connected yet.
    ///   - logger: logs one line per call at level `debug`.
    public convenience init(address: RelayAddress = RPCClient.defaultAddress, logger: Logger) throws(SystemCallError) {
        self.init(address: address, loop: try PollEventLoop(name: "rr-rpc"), logger: logger, ownsLoop: true)
    }

    /// - Parameter hint: what to do when nothing listens at the address.
    package init(
        address: RelayAddress, loop: PollEventLoop, logger: Logger, ownsLoop: Bool = false,
        settings: RPCSettings = RPCSettings(), hint: String? = nil, tracer: (any Tracer)? = nil,
        observer: (any RPCObserver)? = nil
    ) {
        self.observer = observer
        self.tracer = tracer
        self.channel = RPCChannel(
            address: address, loop: loop, logger: logger, ownsLoop: ownsLoop, settings: settings, hint: hint)
        self.logger = logger
    }

    /// Calls a method with arguments that are encoded already.
    ///
    /// - Parameters:
    ///   - method: `plugin.Method`; case matters.
    ///   - arguments: encoded with `codec`; empty stands for the zero value.
    ///   - timeout: the time to wait for the response; 5 seconds when nil. RoadRunner carries on with an abandoned call.
    /// - Returns: the result, encoded.
    /// - Throws: ``RPCError``; `CancellationError` when the task is cancelled.
    public func call(
        _ method: String, codec: RPCCodec, arguments: ByteBuffer, timeout: Duration? = nil
    ) async throws -> ByteBuffer {
        try await self.perform(RPCMethod(unchecked: method), codec: codec, arguments: arguments, timeout: timeout)
    }

    /// Whether calls of the current task are neither logged nor counted, nor traced: those by which a storage keeps records of
    /// requests.
    @TaskLocal package static var areCallsOwn = false

    /// Calls a method whose arguments this package has checked.
    ///
    /// - Parameters:
    ///   - isOwn: whether metrics or log lines are sent with it. Such a call is neither logged nor counted nor traced: each would
    ///     cause the next one.
    ///   - onLateResult: called with a result that arrives after the call was abandoned; with nil when the connection ends first.
    package func perform(
        _ method: RPCMethod, codec: RPCCodec, arguments: ByteBuffer, timeout: Duration?, isOwn: Bool = false,
        onLateResult: (@Sendable (ByteBuffer?) -> Void)? = nil
    ) async throws -> ByteBuffer {
        try await self.perform(
            method, codec: codec, RPCArguments(arguments), timeout: timeout, isOwn: isOwn, onLateResult: onLateResult)
    }

    package func perform(
        _ method: RPCMethod, codec: RPCCodec, _ arguments: RPCArguments, timeout: Duration?, isOwn: Bool,
        onLateResult: (@Sendable (ByteBuffer?) -> Void)?
    ) async throws -> ByteBuffer {
        try Task.checkCancellation()
        try method.check(codec, arguments.encoded)
        let call = PendingCall(
            method: method, codec: codec, arguments: arguments, timeout: timeout ?? Self.defaultTimeout,
            onLateResult: onLateResult)
        guard !isOwn, !Self.areCallsOwn else { return try await self.channel.send(call) }
        return try await self.observed(call, arguments.encoded.readableBytes)
    }

    /// The process's tracer, or nil when there is none. It is set before anything is served, so it is looked up once, with the
    /// first call.
    private static let processTracer: (any Tracer)? =
        InstrumentationSystem.tracer is NoOpTracer ? nil : InstrumentationSystem.tracer

    private func observed(_ call: PendingCall, _ size: Int) async throws -> ByteBuffer {
        let method = call.method
        let span = (self.tracer ?? Self.processTracer)?.startAnySpan(method.name, ofKind: .client)
        defer { span?.end() }
        if let span, span.isRecording {
            span.attributes["rpc.system"] = "goridge"
            span.attributes["rpc.service"] = String(method.service)
            span.attributes["rpc.method"] = String(method.name.dropFirst(method.service.count + 1))
            span.attributes["server.address"] = self.address.description
        }
        let start = ContinuousClock.now
        do {
            let result = try await self.channel.send(call)
            self.log(method, size, nil)
            self.observer?.called(method, took: ContinuousClock.now - start, error: nil)
            return result
        } catch {
            self.observer?.called(method, took: ContinuousClock.now - start, error: error)
            span?.recordError(error)
            span?.setStatus(SpanStatus(code: .error))
            self.log(method, size, error)
            throw error
        }
    }

    /// Waits for calls in flight, and closes the connection. Later calls fail.
    ///
    /// - Parameter deadline: the time to wait; calls without a response by then fail.
    public func close(within deadline: Duration = .seconds(1)) async { await self.channel.close(within: deadline) }

    /// The logger of the current request, which has the request's id, or the client's own logger outside of requests.
    package var currentLogger: Logger { Logger.current(or: self.logger) }

    private func log(_ method: RPCMethod, _ size: Int, _ error: (any Error)?) {
        guard self.logger.logLevel <= .debug else { return }
        var metadata: Logger.Metadata = ["rr.rpc.method": "\(method)", "rr.rpc.bytes": "\(size)"]
        if let error { metadata["error"] = "\(error)" }
        self.currentLogger.debug("remote call", metadata: metadata)
    }
}
