public import Logging

/// How the runtime behaves. Modules add their own options, which they read from keys of their own: see ``ModuleOptions``.
///
/// Each value is taken from the environment; where that has none from the file `.env`; where that has none from
/// ``Kernel/options``; where that says nothing it is the default given here.
public struct RuntimeOptions: Sendable {
    /// `APP_RUNTIME`: `roadrunner`, `shared` or `standalone`. When nil, `roadrunner` where `RR_MODE` is
    /// set, and `standalone` otherwise.
    public var runtime: String?
    /// `APP_ENV`. The values `dev` and `prod` are understood.
    public var environment: AppEnvironment = .production
    /// `APP_DEBUG`. False unless ``environment`` is development.
    public var debug: Bool?
    /// `APP_EXIT_WITH_PARENT`: whether the process ends, as by SIGTERM, once the process that started it has ended. For programs
    /// that RoadRunner's `service` plugin runs; workers of its pools end by their relay.
    public var exitsWithParent = false
    /// `CRASH_LOG_DIR`: where backtraces of crashes are written, from the working directory. Where that fails they are in the temporary
    /// directory. The ten newest files are kept.
    public var crashLogDirectory = "var/crash"
    /// `RR_CONFIG_PATH`: RoadRunner's configuration file, from the working directory. Read where RoadRunner cannot be asked.
    public var configurationPath = ".rr.yaml"
    /// Reads that file. The product `RoadRunnerConfiguration` has one; without it the file is not read.
    public var configurationReader: (any ServerConfigurationReader)?
    /// `RR_RPC`, of the environment and not of `.env`: where RoadRunner's RPC is reached. RoadRunner sets it where `rpc.listen` is configured; its workers otherwise
    /// take `tcp://127.0.0.1:6001`. Standalone, nil means that there is no RoadRunner.
    public var rpcAddress: String?
    /// `LOG_LEVEL`.
    public var logLevel: Logger.Level = .info
    /// `WORKER_METRICS`: whether the runtime's own metrics are recorded, with swift-metrics.
    public var recordsMetrics = true
    /// How long the process may take to end once it is told to, by default 8 seconds. RoadRunner kills after ten. Streams are ended
    /// after three quarters of it, and requests given up after seven eighths, so that time is left for services. A handler that
    /// goes on after its response may keep the next request waiting for as long.
    public var stopDeadline: Duration = .seconds(8)
    /// `KERNEL_REBOOT`: when the kernel is rebuilt: `never`, `on_exception` or `always`. Code has more: see ``RebootPolicy``. When nil,
    /// `on_exception` in a pool, and `never` in the standalone runtime, where many requests share a kernel.
    public var rebootPolicy: RebootPolicy?
    /// `WORKER_MAX_MEMORY` (in MiB) and `WORKER_MAX_AGE` (in seconds): when another worker takes over.
    public var recycleLimits = RecycleLimits()
    /// `WORKER_MAX_CONCURRENCY`: how many handlers may run at a time where the workers of a pool share a process, as they do with the
    /// runtime `shared`. Other requests wait, and their deadlines begin when their handlers do. When nil, as many as there are workers.
    public var maximumConcurrency: Int?
    /// `TRACING`: whether requests and events get server spans from the process's tracer. Switch it off where Hummingbird's
    /// `TracingMiddleware` makes them.
    public var tracing = true
    /// The reporters of errors that nobody has caught. The product `RoadRunnerSentry` has one that `SENTRY_DSN` adds.
    public var errorReporters: [any ErrorReporter] = []
    /// The longest request that is accepted from RoadRunner, in bytes (256 MiB).
    public var maximumPayloadSize = 256 * 1024 * 1024

    /// Whether requests are recorded in debug: there is a page that shows them.
    package var hasInspector = true
    var modules: [ObjectIdentifier: any ModuleOptions] = [:]
    /// Nil until the environment was read.
    var reader: OptionReader?
    /// How long the parts of a kernel's life may take.
    package var kernelLimits = KernelLimits()

    /// Creates options with their default values.
    public init() {}

    /// The options of a module. Once the environment was read, they are those in force.
    public subscript<Options: ModuleOptions>(_ type: Options.Type) -> Options {
        get { (try? self.inForce(type)) ?? self.modules[ObjectIdentifier(type)] as? Options ?? Options() }
        set { self.modules[ObjectIdentifier(type)] = newValue }
    }

    /// The options of a module, in force.
    ///
    /// - Throws: ``OptionError`` for a value that makes no sense.
    public func inForce<Options: ModuleOptions>(_ type: Options.Type) throws(OptionError) -> Options {
        // Those that code has set were overlaid when the environment was read.
        if let options = self.modules[ObjectIdentifier(type)] as? Options { return options }
        var options = Options()
        if let reader { try options.read(reader) }
        return options
    }

    /// The policy in force.
    ///
    /// - Parameter isShared: whether many requests share the kernel at a time.
    func rebootPolicy(isShared: Bool) -> RebootPolicy { self.rebootPolicy ?? (isShared ? .never : .onException()) }

    /// Whether errors may be shown to clients.
    public var isDebug: Bool { self.debug ?? (self.environment == .development) }
}
