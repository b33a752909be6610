public import Logging

/// The options of the runtime. Modules add their own options, which they read from their own keys: see ``ModuleOptions``.
///
/// Each value comes from the first of these that has one: the environment, the file `.env`, ``Kernel/options``, and the defaults
/// given here.
public struct RuntimeOptions: Sendable {
    /// `APP_RUNTIME`: `roadrunner`, `shared` or `standalone`. When nil, `roadrunner` if `RR_MODE` is set, and `standalone`
    /// otherwise.
    public var runtime: RuntimeName?
    /// `APP_ENV`: the application's environment. The values `dev` and `prod` are accepted too.
    public var environment: AppEnvironment
    /// `APP_DEBUG`: whether errors may be shown to clients. When nil, only in development.
    public var debug: Bool?
    /// `APP_EXIT_WITH_PARENT`: whether the process ends, as by SIGTERM, once the process that started it has ended. It is meant for
    /// programs that RoadRunner's `service` plugin runs; workers of its pools end with their relay.
    public var exitsWithParent: Bool
    /// `CRASH_LOG_DIR`: the directory for backtraces of crashes, relative to the working directory. If it cannot be used, they are
    /// in the temporary directory. The ten newest files are kept.
    public var crashLogDirectory: String
    /// `RR_CONFIG_PATH`: RoadRunner's configuration file, relative to the working directory. It is read if RoadRunner itself cannot
    /// be asked.
    public var configurationPath: String
    /// The reader of that file. The product `RoadRunnerConfiguration` has one; without a reader the file is not read.
    public var configurationReader: (any ServerConfigurationReader)?
    /// `RR_RPC`, from the environment and not from `.env`: the address of RoadRunner's RPC. RoadRunner sets it if `rpc.listen` is
    /// configured; otherwise its workers use `tcp://127.0.0.1:6001`. In the standalone runtime, nil means that there is no
    /// RoadRunner.
    public var rpcAddress: String?
    /// `LOG_LEVEL`: the lowest level that is logged.
    public var logLevel: Logger.Level
    /// `WORKER_METRICS`: whether the runtime's own metrics are recorded, with swift-metrics.
    public var recordsMetrics: Bool
    /// The time that the process may take to stop once it is asked to, by default 8 seconds. RoadRunner kills workers after ten.
    /// Streams are ended after three quarters of that time, and requests abandoned after seven eighths, which leaves time for
    /// services. A handler that continues after its response may delay the next request by as much.
    public var stopDeadline: Duration
    /// `KERNEL_REBOOT`: when the kernel is rebuilt: `never`, `on_exception` or `always`. Code can choose other policies: see
    /// ``RebootPolicy``. When nil, `on_exception` in a pool, and `never` in the standalone runtime, where many requests share a
    /// kernel.
    public var rebootPolicy: RebootPolicy?
    /// `WORKER_MAX_MEMORY` (in MiB) and `WORKER_MAX_AGE` (in seconds): the limits at which another worker takes over.
    public var recycleLimits: RecycleLimits
    /// `WORKER_MAX_CONCURRENCY`: the number of handlers that may run at a time when the workers of a pool share a process, as they
    /// do with the runtime `shared`. Other requests wait, and their deadlines begin when their handlers do. When nil, the number of
    /// workers.
    public var maximumConcurrency: Int?
    /// `TRACING`: whether requests and events get server spans from the process's tracer. Switch it off if Hummingbird's
    /// `TracingMiddleware` creates them.
    public var tracing: Bool
    /// The reporters of uncaught errors. The product `RoadRunnerSentry` has one, which `SENTRY_DSN` enables.
    public var errorReporters: [any ErrorReporter]
    /// The longest request that is accepted from RoadRunner, in bytes (256 MiB).
    public var maximumPayloadSize: Int

    /// Whether requests are recorded in debug, for the page that shows them.
    package var hasInspector = true
    var modules: [ObjectIdentifier: any ModuleOptions] = [:]
    /// The reader of module options; nil until the environment was read.
    var reader: OptionReader?
    /// The time limits of a kernel's life.
    package var kernelLimits = KernelLimits()

    /// Creates options. Omitted ones have their default values; those of modules are set afterwards.
    public init(
        runtime: RuntimeName? = nil,
        environment: AppEnvironment = .production,
        debug: Bool? = nil,
        exitsWithParent: Bool = false,
        crashLogDirectory: String = "var/crash",
        configurationPath: String = ".rr.yaml",
        configurationReader: (any ServerConfigurationReader)? = nil,
        rpcAddress: String? = nil,
        logLevel: Logger.Level = .info,
        recordsMetrics: Bool = true,
        stopDeadline: Duration = .seconds(8),
        rebootPolicy: RebootPolicy? = nil,
        recycleLimits: RecycleLimits = RecycleLimits(),
        maximumConcurrency: Int? = nil,
        tracing: Bool = true,
        errorReporters: [any ErrorReporter] = [],
        maximumPayloadSize: Int = 256 * 1024 * 1024
    ) {
        self.runtime = runtime
        self.environment = environment
        self.debug = debug
        self.exitsWithParent = exitsWithParent
        self.crashLogDirectory = crashLogDirectory
        self.configurationPath = configurationPath
        self.configurationReader = configurationReader
        self.rpcAddress = rpcAddress
        self.logLevel = logLevel
        self.recordsMetrics = recordsMetrics
        self.stopDeadline = stopDeadline
        self.rebootPolicy = rebootPolicy
        self.recycleLimits = recycleLimits
        self.maximumConcurrency = maximumConcurrency
        self.tracing = tracing
        self.errorReporters = errorReporters
        self.maximumPayloadSize = maximumPayloadSize
    }

    /// The options of a module. Once the environment was read, they are those in force.
    public subscript<Options: ModuleOptions>(_ type: Options.Type) -> Options {
        get { (try? self.inForce(type)) ?? self.modules[ObjectIdentifier(type)] as? Options ?? Options() }
        set { self.modules[ObjectIdentifier(type)] = newValue }
    }

    /// Returns the options of a module, in force.
    ///
    /// - Throws: ``OptionError`` for an invalid value.
    public func inForce<Options: ModuleOptions>(_ type: Options.Type) throws(OptionError) -> Options {
        // Options that were set by code were overridden when the environment was read.
        if let options = self.modules[ObjectIdentifier(type)] as? Options { return options }
        var options = Options()
        if let reader { try options.read(reader) }
        return options
    }

    /// Returns the policy in force.
    ///
    /// - Parameter isShared: whether many requests share the kernel at a time.
    func rebootPolicy(isShared: Bool) -> RebootPolicy { self.rebootPolicy ?? (isShared ? .never : .onException()) }

    /// Whether errors may be shown to clients.
    public var isDebug: Bool { self.debug ?? (self.environment == .development) }
}
