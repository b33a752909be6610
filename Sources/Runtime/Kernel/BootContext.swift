public import Configuration
public import Goridge
public import Logging

/// The context in which a kernel is built: its options, its logger, and its connection to RoadRunner.
public struct BootContext: Sendable {
    /// The options in force.
    public let options: RuntimeOptions
    /// The mode that is served; nil in standalone mode, which serves all of them.
    public let mode: WorkerMode?
    /// A logger for the boot. Its level is `LOG_LEVEL`.
    public let logger: Logger
    /// Reads the application's own keys: from the environment, then from `.env`.
    public let configuration: ConfigReader

    /// State of the process.
    package let process: ProcessContext
    /// State of the kernel that is being built.
    package let registry: KernelRegistry

    package init(
        options: RuntimeOptions, mode: WorkerMode?, logger: Logger, configuration: ConfigReader, process: ProcessContext,
        registry: KernelRegistry = KernelRegistry()
    ) {
        self.options = options
        self.mode = mode
        self.logger = logger
        self.configuration = configuration
        self.process = process
        self.registry = registry
    }

    /// A client that calls RoadRunner's plugins. The process has one connection, which is made with the first call.
    ///
    /// - Throws: `RelayAddressError` when `RR_RPC` is invalid, or when it is missing and RoadRunner did not start this process.
    public var rpc: RPCClient {
        get throws { try self.process.client() }
    }

    /// The application's environment, `APP_ENV`.
    public var environment: AppEnvironment { self.options.environment }
    /// Whether errors may be shown to clients, `APP_DEBUG`.
    public var isDebug: Bool { self.options.isDebug }
}
