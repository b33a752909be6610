import Goridge
import HTTPWorker
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
package import RoadRunnerRuntime
import ServiceLifecycle
import Synchronization

/// The runtime `standalone`: the same kernel on Hummingbird's own server, in this process, on all cores.
///
/// For development, tests, containers without RoadRunner, and RoadRunner's `service` plugin, which keeps the process running and
/// leaves the requests to it.
package struct StandaloneRuntime: ApplicationRuntime {
    /// Creates the runtime, which reads its settings from ``RuntimeOptions``.
    package init() {}

    package var name: RuntimeName { .standalone }

    package func run<Application: Kernel>(_ kernel: Application.Type, _ launch: LaunchContext) async throws -> Int32 {
        if let mode = launch.relay.mode { throw LaunchError.inPool(self.name, mode: mode) }
        guard Application.Served.types.contains(where: { $0.mode == .http || $0 is any StandaloneMountable.Type }) else {
            throw LaunchError(
                .unservedMode,
                "the standalone runtime serves HTTP and Centrifugo events; \(kernel) has neither: add HTTP(router) to `workers`")
        }
        let signals = await TerminationSignals(deadline: launch.options.stopDeadline)
        TelemetryExporters.attach(to: launch.process)
        let logger = launch.logger
        return try await Self.serve(kernel, launch) { action in
            signals.setAction(action)
        } onListening: { address in
            UnexpectedExit.watch()
            logger.notice(
                "listening on \(address)",
                metadata: ["rr.mode": "standalone"])
        }
    }

    /// Boots, listens, and serves until the process is asked to stop. It touches no process-wide state.
    ///
    /// - Parameters:
    ///   - onTermination: sets the action to run when the process is asked to stop, replacing the previous one.
    ///   - onListening: called with the address that it listens on, such as `http://127.0.0.1:8080`.
    package static func serve<Application: Kernel>(
        _ kernel: Application.Type, _ launch: LaunchContext, onTermination: (@escaping @Sendable () -> Void) -> Void,
        onListening: @escaping @Sendable (String) -> Void
    ) async throws -> Int32 {
        await launch.events.emit(WorkerStarted(mode: nil, processID: currentProcessID()))
        let options = launch.options
        let address = try options.inForce(StandaloneOptions.self)
        var launch = launch
        launch.isLocalOnly = address.isLocalOnly
        let manager = StandaloneApplication<Application>.manager(launch)
        let termination = Termination(limit: options.stopDeadline)
        onTermination {
            termination.begin()
            manager.endBooting(after: .zero)
        }
        if try options.inForce(HTTPOptions.self).boot == .eager {
            do {
                try await manager.boot()
            } catch  where termination.sequence != nil {
                return await Self.exitCode(manager, termination.begin())
            } catch {
                await launch.events.flushReports()
                throw LaunchError.bootFailure(error, mode: nil)
            }
        }
        if let path = address.unixSocket, UnixSocketFile(path)?.isServed == true {
            _ = await Self.exitCode(manager, termination.begin())
            throw LaunchError(
                .cannotListen,
                "cannot listen on \(path): another process does. Set HTTP_UNIX_SOCKET to another path")
        }
        let isListening = AtomicFlag()
        let socketFile = Mutex<UnixSocketFile?>(nil)
        let group = try Self.server(launch, manager) { place in
            isListening.set()
            if let path = address.unixSocket { socketFile.withLock { $0 = UnixSocketFile(path) } }
            onListening(place)
        }
        let limit = options.stopDeadline.clamped()
        onTermination {
            termination.begin()
            manager.endBooting(after: limit / 2)
            Task.detached { await group.triggerGracefulShutdown() }
        }
        var failure: (any Error)?
        do {
            // Requests that do not end are abandoned, to leave time for shutting down services.
            try await withDeadline(
                .seconds(Int64.max),
                orUntil: {
                    await termination.begun()
                    try? await Task.sleep(for: limit * 7 / 8)
                }
            ) { try await group.run() }
        } catch is DeadlineExceeded {
            termination.begin().overrun("a request in flight")
        } catch {
            failure = error
        }
        socketFile.withLock { $0 }?.remove()
        let code = await Self.exitCode(manager, termination.begin())
        guard let failure else { return code }
        guard !isListening.isSet else { throw failure }
        let reason: any Error = (failure as? IOError).map { SystemCallError($0) } ?? failure
        throw LaunchError(
            .cannotListen,
            """
            cannot listen on \(address.unixSocket ?? "\(address.host):\(address.port)"): \(reason). Set HTTP_HOST and \
            HTTP_PORT to another address (port 0 picks a free one), or HTTP_UNIX_SOCKET to the path of a unix socket
            """, underlying: failure)
    }

    private static func server(
        _ launch: LaunchContext, _ manager: KernelManager<RequestResponder>, onListening: @escaping @Sendable (String) -> Void
    ) throws -> ServiceGroup {
        let (options, logger) = (launch.options, launch.logger)
        let address = options.standalone
        let chosen = Self.chosenServer(manager)
        let connections = ConnectionResponder(logger: logger, options: options, isSecure: chosen?.isSecure ?? false)
        let server = try Self.builder(chosen, address, connections.dates).buildServer(
            configuration: ServerConfiguration(
                address: address.unixSocket.map { .unixDomainSocket(path: $0) } ?? .hostname(address.host, port: address.port),
                serverName: nil, reuseAddress: true),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        ) { request, writer, channel in
            try await connections.respond(to: request, writer, channel, manager)
        } onServerRunning: { channel in
            if let path = address.unixSocket { return onListening("the unix socket \(path)") }
            let port = channel.localAddress?.port ?? address.port
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            onListening("\(chosen?.isSecure == true ? "https" : "http")://\(host):\(port)")
        }
        // By itself the group would trap signals only after the server has begun to start.
        var configuration = ServiceGroupConfiguration(services: [server], logger: logger)
        configuration.maximumGracefulShutdownDuration = options.stopDeadline.clamped() * 3 / 4
        return ServiceGroup(configuration: configuration)
    }

    /// The server that the application chose, once there is an application.
    private static func chosenServer(_ manager: KernelManager<RequestResponder>) -> HTTP.StandaloneServer? {
        guard let instance = manager.acquire() else { return nil }
        defer { manager.returnUnused(instance) }
        return instance.served.server
    }

    private static func builder(
        _ chosen: HTTP.StandaloneServer?, _ options: StandaloneOptions, _ dates: DateHeader
    ) throws -> HTTPServerBuilder {
        let timeout = options.idleTimeout.map { TimeAmount($0.clamped(to: .seconds(86_400))) }
        let handlers: @Sendable () -> [any RemovableChannelHandler] = {
            [InboundErrors(), ResponseFraming(timeout: timeout, dates: dates)]
        }
        if let chosen { return try chosen.make(handlers) }
        return .http1(configuration: .init(additionalChannelHandlers: handlers()))
    }

    /// Shuts the kernel down, and reports what did not end in time.
    private static func exitCode(_ manager: KernelManager<RequestResponder>, _ sequence: ShutdownSequence) async -> Int32 {
        await manager.shutdown(sequence)
        guard let failure = sequence.failure else { return 0 }
        Launcher.report(failure)
        return 1
    }
}
