import Centrifugo
import HTTPWorker
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
public import RoadRunnerRuntime
import ServiceLifecycle
import Synchronization

/// The runtime `standalone`: the same kernel on Hummingbird's own server, in this process, on all cores.
///
/// For development, tests, containers without RoadRunner, and RoadRunner's `service` plugin, which keeps the process running
/// and leaves the requests to it.
public struct StandaloneRuntime: ApplicationRuntime {
    /// It takes everything from ``RuntimeOptions``.
    public init() {}

    public var name: String { "standalone" }

    public func run<Application: Kernel>(_ kernel: Application.Type, _ launch: LaunchContext) async throws -> Int32 {
        guard Application.Served.types.contains(where: { $0.mode == .http || $0.mode == .centrifuge }) else {
            throw LaunchError(
                .unservedMode,
                "the standalone runtime serves HTTP and Centrifugo events, and \(kernel) neither: add HTTP(router) to `workers`")
        }
        let signals = await TerminationSignals(deadline: launch.options.stopDeadline)
        if let url = launch.options.centrifugoAPIURL {
            let transport = try HTTPTransport(url: url, key: launch.options.centrifugoAPIKey)
            _ = launch.process.shared("centrifugo") { CentrifugoClient(transport: transport) }
        }
        ProcessSinks.attach(to: launch.process)
        await launch.events.emit(WorkerStarted(mode: nil, processID: currentProcessID()))
        let kernel = StandaloneKernel<Application>(launch: launch)
        if launch.options.httpBoot == .eager {
            do {
                try await kernel.boot()
            } catch {
                await launch.events.flushReports()
                throw LaunchError.bootFailure(error, mode: nil)
            }
        }
        let logger = launch.logger
        let connections = ConnectionResponder(logger: logger, options: launch.options)
        let options = launch.options
        let isListening = Flag()
        let server = try HTTPServerBuilder.http1(
            configuration: .init(additionalChannelHandlers: [InboundErrors(), ResponseFraming()])
        ).buildServer(
            configuration: ServerConfiguration(
                address: .hostname(options.httpHost, port: options.httpPort), serverName: nil, reuseAddress: true),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        ) { request, writer, channel in
            try await connections.respond(to: request, writer, channel, kernel)
        } onServerRunning: { channel in
            isListening.set()
            let address = channel.localAddress
            let port = address?.port ?? options.httpPort
            let host = options.httpHost.contains(":") ? "[\(options.httpHost)]" : options.httpHost
            logger.notice("listening on http://\(host):\(port)", metadata: ["rr.mode": "standalone"])
        }
        // The group would trap signals itself only after the server has begun to start.
        var configuration = ServiceGroupConfiguration(services: [server], logger: logger)
        configuration.maximumGracefulShutdownDuration = options.stopDeadline
        let group = ServiceGroup(configuration: configuration)
        signals.setAction { Task { await group.triggerGracefulShutdown() } }
        do {
            try await group.run()
        } catch let error where !isListening.isSet {
            throw LaunchError(
                .cannotListen,
                """
                cannot listen on \(options.httpHost):\(options.httpPort): \(error). HTTP_HOST and HTTP_PORT choose another \
                address; port 0 takes a free one
                """, underlying: error)
        }
        await kernel.shutdown()
        return 0
    }
}

/// Something that has happened, or not yet.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { self.value.load(ordering: .acquiring) }
    func set() { self.value.store(true, ordering: .releasing) }
}
