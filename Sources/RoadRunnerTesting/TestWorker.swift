import Configuration
public import Goridge
import Logging
public import NIOCore
public import RoadRunnerRuntime
import RoadRunnerWeb
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A worker from RoadRunner's side: a process, or a kernel in this process, at the other end of a relay.
///
/// ```swift
/// try await TestWorker.with(process: ".build/debug/App") { worker in
///     let response = try await worker.send(.get("/hello"))
///     #expect(response.status == .ok)
/// }
/// ```
///
/// Like RoadRunner, it answers one request at a time. Every wait ends: see ``timeout``.
public final class TestWorker: Sendable {
    /// How worker and peer are connected.
    public enum Relay: Sendable, CaseIterable { case pipes, tcp, unix }

    /// How long to wait for a response, 30 seconds by default.
    public var timeout: Duration {
        get { self.settings.withLock { $0 } }
        set { self.settings.withLock { $0 = newValue } }
    }

    /// The files of requests whose responses have not ended, the oldest first.
    let uploads = Mutex<[TemporaryUploads?]>([])
    private let settings = Mutex(Duration.seconds(30))
    private let peer: Peer
    let process: ChildProcess?
    private let served: Task<WorkerExit, any Error>?
    private let termination: TerminationAction

    init(
        peer: Peer, process: ChildProcess?, served: Task<WorkerExit, any Error>?,
        termination: TerminationAction = TerminationAction()
    ) {
        self.peer = peer
        self.process = process
        self.served = served
        self.termination = termination
    }

    // MARK: Starting

    /// Starts `path` as RoadRunner's pool does, performs the handshake, runs `body`, and ends the process.
    ///
    /// - Parameters:
    ///   - environment: variables in addition to this process's environment and those that RoadRunner sets. Variables that
    ///     RoadRunner or the operator has set for this process (`RR_…`, `APP_…`, `LOG_LEVEL`) are not inherited: without `RR_RPC`
    ///     here the worker reaches no RoadRunner.
    ///   - performsHandshake: when false, the handshake is left to `body`.
    public static func with<Result>(
        process path: String, arguments: [String] = [], environment: [String: String] = [:], relay: Relay = .pipes,
        mode: WorkerMode = .http, performsHandshake: Bool = true,
        _ body: (TestWorker) async throws -> Result
    ) async throws -> Result {
        let worker = try await Self.start(path, arguments: arguments, environment: environment, relay: relay, mode: mode)
        return try await Self.run(worker, performsHandshake, body)
    }

    /// Runs a kernel in this process, performs the handshake, runs `body`, and asks the kernel to stop.
    ///
    /// `Kernel.bootstrap` runs before the first worker of the kernel's type, with that worker's options, and only once per process.
    /// It is skipped, with a log line at level `debug`, if the tests or another kernel have already set up logging, metrics or
    /// tracing: each can be set up only once per process, and would crash it the second time. A logging system that was set up with
    /// swift-log's own `StreamLogHandler` is not detected. An error of `bootstrap` is thrown to every worker of the type. Workers
    /// in this process send no metrics and log lines to RoadRunner, and integrations are not attached.
    ///
    /// - Parameters:
    ///   - environment: the variables for the kernel's options, instead of this process's environment and the file `.env`. Without
    ///     `RR_RPC` here the kernel reaches no RoadRunner.
    public static func with<Application: Kernel, Result>(
        kernel: Application.Type, environment: [String: String] = [:], mode: WorkerMode = .http,
        performsHandshake: Bool = true, _ body: (TestWorker) async throws -> Result
    ) async throws -> Result {
        let worker = try await Self.serve(Application.self, environment: environment, mode: mode, runsBootstrap: true) {
            try await Application($0)
        }
        return try await Self.run(worker, performsHandshake, body)
    }

    /// Serves `workers` in this process, without a kernel.
    public static func with<Served: Workers, Result>(
        _ workers: Served, environment: [String: String] = [:], mode: WorkerMode = .http, performsHandshake: Bool = true,
        _ body: (TestWorker) async throws -> Result
    ) async throws -> Result {
        let worker = try await Self.serve(BareKernel<Served>.self, environment: environment, mode: mode, runsBootstrap: false) {
            _ in
            BareKernel(workers: workers)
        }
        return try await Self.run(worker, performsHandshake, body)
    }

    private static func run<Result>(
        _ worker: TestWorker, _ performsHandshake: Bool, _ body: (TestWorker) async throws -> Result
    ) async throws -> Result {
        do {
            if performsHandshake { try await worker.handshake() }
            let result = try await body(worker)
            await worker.end()
            return result
        } catch {
            await worker.end()
            throw error
        }
    }

    /// The environment of a worker that RoadRunner starts, except the relay.
    static func variables(_ environment: [String: String], _ mode: WorkerMode) -> [String: String] {
        var variables = Self.inheritable(ProcessInfo.processInfo.environment).merging(environment) { _, own in own }
        variables["RR_MODE"] = mode.rawValue
        variables["RR_VERSION"] = variables["RR_VERSION"] ?? "2025.1.15"
        variables["RR_RPC"] = variables["RR_RPC"] ?? Self.noRoadRunner
        return variables
    }

    static func start(
        _ path: String, arguments: [String], environment: [String: String], relay: Relay, mode: WorkerMode
    ) async throws -> TestWorker {
        let loop = try Peer.sharedLoop()
        var variables = Self.variables(environment, mode)
        let process: ChildProcess
        let descriptors: RelayDescriptors
        switch relay {
        case .pipes:
            variables["RR_RELAY"] = "pipes"
            let input = try SystemCall.makePipe()
            let output = try SystemCall.makePipe()
            defer {
                SystemCall.closeDescriptor(input.read)
                SystemCall.closeDescriptor(output.write)
            }
            process = try ChildProcess(
                path, arguments: arguments, environment: variables, input: input.read, output: output.write, loop: loop)
            descriptors = RelayDescriptors(input: output.read, output: input.write)
        case .tcp, .unix:
            let listener = relay == .tcp ? try TestListener.tcp() : try TestListener.unix()
            variables["RR_RELAY"] = listener.address.description
            process = try ChildProcess(path, arguments: arguments, environment: variables, input: nil, output: nil, loop: loop)
            do {
                descriptors = try await listener.accept(on: loop, timeout: .seconds(30))
            } catch {
                process.signal(SIGKILL)
                throw TestWorkerError(.notStarted, "\(error); it wrote: \(process.standardError.current)")
            }
        }
        let peer = Peer(loop: loop, descriptors: descriptors)
        try await peer.open()
        return TestWorker(peer: peer, process: process, served: nil)
    }

    private static func serve<Application: Kernel>(
        _ kernel: Application.Type, environment: [String: String], mode: WorkerMode, runsBootstrap: Bool,
        boot: @escaping @Sendable (BootContext) async throws -> Application
    ) async throws -> TestWorker {
        var environment = environment
        environment["RR_MODE"] = mode.rawValue
        environment["RR_RPC"] = environment["RR_RPC"] ?? Self.noRoadRunner
        let configuration = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment))
        var options = try Application.options.overlaid(by: configuration)
        let integrations = Application.integrations + [WebIntegration()]
        for integration in integrations { try integration.prepare(&options, configuration) }
        if runsBootstrap { try await KernelBootstrap.run(Application.self, options, Self.logger(options)) }
        // Not earlier: it uses the handler that `bootstrap` may have set up.
        let logger = Self.logger(options)
        let launch = LaunchContext(
            options: options, configuration: configuration, logger: logger, relay: RelayEnvironment(configuration),
            standardStreams: nil, observers: Application.observers)
        for integration in integrations { try integration.attach(to: launch) }
        let worker = try WorkerRegistry.worker(for: mode, of: Application.self)
        let (ours, theirs) = try Self.socketPair()
        let termination = TerminationAction()
        let served = Task {
            var isConnected = false
            defer { if !isConnected { SystemCall.closeDescriptor(theirs.input) } }
            return try await PoolRuntime.serve(
                worker, launch, boot: boot,
                connect: {
                    isConnected = true
                    return theirs
                },
                onTermination: { termination.set($0) })
        }
        let peer = Peer(loop: try Peer.sharedLoop(), descriptors: ours)
        try await peer.open()
        return TestWorker(peer: peer, process: nil, served: served, termination: termination)
    }

    private static func logger(_ options: RuntimeOptions) -> Logger {
        var logger = Logger(label: "roadrunner")
        logger.logLevel = options.logLevel
        return logger
    }

    private static func socketPair() throws -> (RelayDescriptors, RelayDescriptors) {
        var ends: [CInt] = [-1, -1]
        #if canImport(Glibc)
        let result = socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
        #else
        let result = socketpair(AF_UNIX, SOCK_STREAM, 0, &ends)
        #endif
        guard result == 0 else { throw SystemCallError("socketpair", errno: errno) }
        for end in ends { try SystemCall.setCloseOnExec(end) }
        return (RelayDescriptors(input: ends[0], output: ends[0]), RelayDescriptors(input: ends[1], output: ends[1]))
    }

    /// Without `RR_RPC` a worker calls RoadRunner at its default address, where one may listen that the test must not use.
    private static let noRoadRunner = "unix:///nonexistent/RR_RPC-is-not-set-by-this-test.sock"

    /// Removes variables: the environment of the tests must not decide how the worker runs, nor which RoadRunner it calls.
    static func inheritable(_ environment: [String: String]) -> [String: String] {
        environment.filter { name, _ in
            !name.hasPrefix("RR_") && !["APP_RUNTIME", "APP_ENV", "APP_DEBUG", "LOG_LEVEL"].contains(name)
        }
    }

    func end() async {
        defer { self.uploads.withLock { $0.removeAll() } }
        await self.peer.close()
        if let process {
            process.signal(SIGKILL)
            _ = await process.waitForExit(timeout: self.timeout)
        }
        _ = try? await self.served?.value
    }

    // MARK: The protocol

    /// Asks for the pid, as RoadRunner does when a worker has started or connected.
    ///
    /// - Returns: the pid in the worker's response.
    @discardableResult
    public func handshake() async throws -> Int32 {
        try await self.send(Frame(flags: [.control, .json], payload: ByteBuffer(string: #"{"pid":\#(getpid())}"#)))
        let frame = try await self.nextFrame()
        guard frame.flags.contains(.control), let pid = Self.pid(in: String(buffer: frame.payload)) else {
            throw TestWorkerError(.unexpectedFrame, "the worker answered the pid request with \(frame)")
        }
        return pid
    }

    static func pid(in json: String) -> Int32? {
        guard json.hasPrefix(#"{"pid":"#), json.hasSuffix("}") else { return nil }
        return Int32(json.dropFirst(7).dropLast())
    }

    /// Sends the stop command.
    public func stop() async throws {
        try await self.send(Frame(flags: [.control, .json], payload: ByteBuffer(string: #"{"stop":true}"#)))
    }

    /// For this package's own tests: waits until the worker has read everything that was sent to it.
    package func waitUntilRead() async throws { try await self.peer.waitUntilTaken() }

    /// Sends a payload with any context and body.
    public func send(payload context: ByteBuffer, body: ByteBuffer) async throws {
        var payload = context
        payload.writeImmutableBuffer(body)
        try await self.send(
            Frame(flags: .proto, options: [UInt32(clamping: context.readableBytes)], payload: payload))
    }

    /// Sends any frame.
    public func send(_ frame: Frame) async throws { try await self.peer.send(frame) }

    /// Sends bytes that may not be a frame.
    public func send(raw bytes: [UInt8]) async { await self.peer.send(raw: ByteBuffer(bytes: bytes)) }

    /// Closes the relay, as when RoadRunner is killed.
    public func disconnect() async { await self.peer.close() }

    /// Returns the next frame from the worker.
    public func nextFrame() async throws -> Frame {
        switch await self.peer.next(timeout: self.timeout) {
        case .frame(let frame): return frame
        case .ended(let reason):
            // Its last output may not have arrived yet.
            await self.process?.standardError.waitForEnd(timeout: .seconds(5))
            throw TestWorkerError(.relayEnded, "the worker closed the relay (\(reason)); it wrote: \(self.standardError)")
        case nil:
            throw TestWorkerError(.timeout, "no frame came within \(self.timeout); the worker wrote: \(self.standardError)")
        }
    }

    /// Whether the worker sends nothing for a while: it must not send frames unless asked.
    public func receivesNothing(for duration: Duration) async -> Bool { await self.peer.next(timeout: duration) == nil }

    /// Whether the worker closes the relay, instead of sending another frame.
    public func closesRelay() async -> Bool {
        if case .ended = await self.peer.next(timeout: self.timeout) { true } else { false }
    }

    // MARK: The process

    /// The standard error of the process; empty for kernels in this process.
    public var standardError: String { self.process?.standardError.current ?? "" }

    /// Waits until the process has written `text` to standard error.
    public func waitForStandardError(containing text: String) async -> Bool {
        await self.process?.standardError.wait(for: text, timeout: self.timeout) ?? false
    }

    /// The pid of the process; nil for kernels in this process.
    public var processID: Int32? { self.process?.pid }

    /// Sends a signal to the process. SIGTERM and SIGINT ask a kernel in this process to stop.
    public func signal(_ number: Int32) {
        self.process?.signal(number)
        if number == SIGTERM || number == SIGINT { self.termination.run() }
    }

    /// Waits until the worker has exited.
    public func waitForExit() async throws -> WorkerExitStatus {
        if let served { return .exited(try await served.value.code) }
        guard let process, let status = await process.waitForExit(timeout: self.timeout) else {
            throw TestWorkerError(.timeout, "the worker did not end within \(self.timeout); it wrote: \(self.standardError)")
        }
        return status
    }
}

/// A kernel that consists of its workers.
private struct BareKernel<Served: Workers>: Kernel {
    let workers: Served
    init(workers: Served) { self.workers = workers }

    init(_ boot: BootContext) throws {
        throw TestWorkerError(.notStarted, "this kernel consists of its workers only")
    }
}
