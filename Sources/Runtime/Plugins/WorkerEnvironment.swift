package import Goridge
public import Logging

/// The environment in which a plugin creates its handler.
public struct WorkerEnvironment<Configuration: ModuleOptions>: Sendable {
    /// The plugin's own options, in force.
    public let configuration: Configuration
    /// The options of the runtime, in force.
    public let options: RuntimeOptions
    /// A logger for lines that belong to no exchange.
    public let logger: Logger
    /// Runs the plugin's exchanges.
    public let pipeline: ExchangePipeline
    /// The version of RoadRunner, `RR_VERSION`; nil when RoadRunner does not set it.
    public let roadRunnerVersion: String?
    /// The event loop on which handlers run.
    package let loop: PollEventLoop
    package let process: ProcessContext
}

extension WorkerPlugin {
    // The boot policy was read before, so the options are known to be valid.
    private static func environment(_ launch: LaunchContext, _ loop: PollEventLoop) -> WorkerEnvironment<Configuration> {
        WorkerEnvironment(
            configuration: launch.options[Configuration.self], options: launch.options, logger: launch.logger,
            pipeline: launch.pipeline(for: Self.mode), roadRunnerVersion: launch.relay.version, loop: loop,
            process: launch.process)
    }

    /// - Throws: `OptionError` when an option is invalid, so that it shows before anything boots.
    package static func bootPolicy(_ launch: LaunchContext) throws(OptionError) -> BootPolicy {
        Self.bootPolicy(try launch.options.inForce(Configuration.self))
    }

    package func makeHandler(_ launch: LaunchContext, _ loop: PollEventLoop) async throws -> any PayloadHandler {
        try await self.makeHandler(Self.environment(launch, loop))
    }

    package static func makeFailureHandler(
        _ failure: any Error, launch: LaunchContext, loop: PollEventLoop
    ) -> any PayloadHandler {
        Self.makeFailureHandler(failure, Self.environment(launch, loop))
    }

    package static func refuse(
        _ problem: PayloadProblem, _ responder: PayloadResponder, launch: LaunchContext, loop: PollEventLoop
    ) async {
        await Self.refuse(problem, responder, Self.environment(launch, loop))
    }
}
