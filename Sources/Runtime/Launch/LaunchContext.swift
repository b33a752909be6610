public import Configuration
package import Goridge
public import Logging

/// The context in which a runtime is started: options, configuration, and the state of the process.
public struct LaunchContext: Sendable {
    /// The options in force.
    public let options: RuntimeOptions
    /// The environment and `.env`.
    public let configuration: ConfigReader
    /// A logger for the runtime's own lines.
    public let logger: Logger
    /// Whether only this computer reaches the standalone runtime's server: it listens on a loopback address. False in other
    /// runtimes.
    public package(set) var isLocalOnly = false
    /// RoadRunner's variables of the environment.
    package let relay: RelayEnvironment
    /// The descriptors that standard input and output were before they were guarded.
    package let standardStreams: RelayDescriptors?
    /// The host, if this process serves all workers of a pool; it already accepts them.
    var host: SharedHost?
    /// State of the process.
    package let process: ProcessContext
    /// The dispatcher of lifecycle events.
    package private(set) var events: LifecycleEventDispatcher

    package init(
        options: RuntimeOptions, configuration: ConfigReader, logger: Logger, relay: RelayEnvironment,
        standardStreams: RelayDescriptors?, observers: [Observer] = []
    ) {
        self.options = options
        self.configuration = configuration
        self.logger = logger
        self.relay = relay
        self.standardStreams = standardStreams
        self.events = LifecycleEventDispatcher(
            observers, reporters: options.errorReporters, metrics: RuntimeMetrics.make(options), logger: logger
        )
        self.process = ProcessContext(options: options, isPoolWorker: relay.mode != nil, logger: logger)
    }

    /// Returns the context for a kernel with these observers.
    func adding(_ observers: [Observer]) -> LaunchContext {
        var launch = self
        launch.events = self.events.adding(observers)
        return launch
    }

    package func bootContext(mode: WorkerMode?, registry: KernelRegistry = KernelRegistry()) -> BootContext {
        BootContext(
            options: self.options, mode: mode, logger: self.logger, configuration: self.configuration,
            process: self.process, registry: registry)
    }
}
