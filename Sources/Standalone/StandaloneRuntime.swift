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
import UnixSignals

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
        if let url = launch.options.centrifugoAPIURL {
            let transport = try HTTPTransport(url: url, key: launch.options.centrifugoAPIKey)
            _ = launch.process.shared("centrifugo") { CentrifugoClient(transport: transport) }
        }
        let kernel = StandaloneKernel<Application>(launch: launch)
        if launch.options.httpBoot == .eager {
            do { _ = try await kernel.responder() } catch { throw LaunchError.bootFailure(error, mode: nil) }
        }
        let logger = launch.logger
        let connections = ConnectionResponder(logger: logger, options: launch.options) { try await kernel.responder() }
        let options = launch.options
        let isListening = Flag()
        let server = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(
                address: .hostname(options.httpHost, port: options.httpPort), serverName: nil, reuseAddress: true),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        ) { request, writer, channel in
            try await connections.respond(to: request, writer, channel)
        } onServerRunning: { channel in
            isListening.set()
            let address = channel.localAddress
            let port = address?.port ?? options.httpPort
            let host = options.httpHost.contains(":") ? "[\(options.httpHost)]" : options.httpHost
            logger.notice("listening on http://\(host):\(port)", metadata: ["rr.mode": "standalone"])
        }
        var configuration = ServiceGroupConfiguration(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = options.stopDeadline
        do {
            try await ServiceGroup(configuration: configuration).run()
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

/// Builds the kernel of a standalone process: once, or again after a failure.
private actor StandaloneKernel<Application: Kernel> {
    private let launch: LaunchContext
    private var booting: Task<RequestResponder, any Error>?
    private var services: RunningServices?

    init(launch: LaunchContext) { self.launch = launch }

    func responder() async throws -> RequestResponder {
        if let booting { return try await booting.value }
        let task = Task { try await self.boot() }
        self.booting = task
        do {
            return try await task.value
        } catch {
            // Requests that wait for this boot fail with it; the next one tries again.
            self.booting = nil
            throw error
        }
    }

    private func boot() async throws -> RequestResponder {
        let kernel = try await Application(self.launch.bootContext(mode: nil))
        let workers = kernel.workers.all
        let application = try self.application(workers)
        let logger = self.launch.logger
        self.services = RunningServices(kernel.services, logger: logger) { error in
            logger.critical("a service of the kernel has ended: \(error)")
        }
        return RequestResponder(
            application: application, renderError: workers.lazy.compactMap { ($0 as? HTTP)?.renderError }.first,
            isDebug: self.launch.options.isDebug)
    }

    private func application(_ workers: [any Worker]) throws -> any HTTPApplication {
        for mode in [WorkerMode.http, .centrifuge] {
            let count = workers.count { type(of: $0).mode == mode }
            guard count <= 1 else {
                throw LaunchError(
                    .duplicateMode, "\(Application.self) has \(count) workers for the mode \"\(mode)\": one is possible")
            }
        }
        let http = workers.lazy.compactMap { $0 as? HTTP }.first?.application
        let options = self.launch.options
        if let events = workers.lazy.compactMap({ $0 as? CentrifugoEvents }).first {
            if options.centrifugoProxySecret == nil {
                self.launch.logger.notice(
                    "POST /centrifugo/... is open to everyone who can reach this server; CENTRIFUGO_PROXY_SECRET guards it")
            }
            return CentrifugoEndpoints(
                dispatcher: try events.dispatcher(isDebug: options.isDebug, logger: self.launch.logger),
                secret: options.centrifugoProxySecret, application: http)
        }
        guard let http else {
            throw LaunchError(.unservedMode, "\(Application.self) serves nothing that the standalone runtime can")
        }
        return http
    }

    func shutdown() async {
        await self.services?.shutdown()
        await self.launch.process.close()
    }
}
