public import Logging

/// When the kernel is built.
public enum BootPolicy: Sendable, Hashable {
    /// Before RoadRunner is told that the worker is ready: no request waits for the boot, and a failing boot shows at start.
    case eager
    /// With the first request, which waits for it: RoadRunner is ready at once, however long the boot takes.
    case lazy
}

/// Whether informational responses are sent before the final one.
public enum InformationalPolicy: String, Sendable, Hashable, CaseIterable {
    /// Where they do no harm: not with RoadRunner up to 2025, which loses the final status after them.
    case automatic = "auto"
    /// Everywhere.
    case always
    /// Nowhere.
    case never
}

/// The value of `APP_ENV`.
public struct AppEnvironment: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The default: errors are not shown to clients.
    public static let production = AppEnvironment(rawValue: "production")
    /// `APP_DEBUG` is on unless it says otherwise.
    public static let development = AppEnvironment(rawValue: "development")
    /// For automated tests.
    public static let testing = AppEnvironment(rawValue: "testing")

    public var description: String { self.rawValue }
}

/// How the runtime behaves.
///
/// Each value is taken from the environment; where that has none from the file `.env`; where that has none from
/// ``Kernel/options``; where that says nothing it is the default given here.
public struct RuntimeOptions: Sendable {
    /// `APP_RUNTIME`: `roadrunner`, `standalone`, or a name of ``Kernel/runtimes``. When nil, `roadrunner` where `RR_MODE` is
    /// set, and `standalone` otherwise.
    public var runtime: String?
    /// `APP_ENV`. The values `dev` and `prod` are understood.
    public var environment: AppEnvironment = .production
    /// `APP_DEBUG`. False unless ``environment`` is development.
    public var debug: Bool?
    /// `HTTP_LAZY_BOOT`.
    public var httpBoot: BootPolicy = .eager
    /// `CENTRIFUGO_LAZY_BOOT`.
    public var centrifugoBoot: BootPolicy = .eager
    /// `RR_CONFIG_PATH`: RoadRunner's configuration file, from the working directory. Read where RoadRunner cannot be asked.
    public var configurationPath = ".rr.yaml"
    /// Reads that file. The product `RoadRunnerConfiguration` has one; without it the file is not read.
    public var configurationReader: (any ServerConfigurationReader)?
    /// `RR_RPC`: where RoadRunner's RPC is reached. RoadRunner sets it where `rpc.listen` is configured; its workers otherwise
    /// take `tcp://127.0.0.1:6001`. Standalone, nil means that there is no RoadRunner.
    public var rpcAddress: String?
    /// `KV_AUTO_REGISTER`: whether RoadRunner's configuration says which key-value storages there are. When false, every name is
    /// taken for one.
    public var keyValueAutoRegister = true
    /// `KV_SERIALIZER`: how values are encoded where the code does not say it: `json`, `raw`, `plist` or `protobuf`.
    public var keyValueSerializer: String?
    /// `KV_KEYPAIR_PATH`: the keypair of sealed boxes, from the working directory.
    public var keyValueKeypairPath: String?
    /// `CENTRIFUGO_API_URL`: Centrifugo's HTTP API, which the standalone runtime calls: `http://127.0.0.1:8000/api`.
    public var centrifugoAPIURL: String?
    /// `CENTRIFUGO_API_KEY`: Centrifugo's `http_api.key`.
    public var centrifugoAPIKey: String?
    /// `CENTRIFUGO_PROXY_SECRET`: what Centrifugo must send in the header `X-Centrifugo-Proxy-Secret` to the standalone runtime.
    public var centrifugoProxySecret: String?
    /// `HTTP_INFORMATIONAL`: whether informational responses (103 and others) are sent: `auto`, `always` or `never`.
    public var informationalResponses: InformationalPolicy = .automatic
    /// `LOG_LEVEL`.
    public var logLevel: Logger.Level = .info
    /// `LOG_FORMAT`: how `RoadRunnerLogHandler` writes lines: `text` or `json`. Nil for text in debug, JSON otherwise.
    public var logFormat: String?
    /// `LOG_TO_ROADRUNNER`: whether `RoadRunnerLogHandler` sends lines to RoadRunner's logger.
    public var logsToRoadRunner = false
    /// `WORKER_METRICS`: whether the runtime's own metrics are recorded, with swift-metrics.
    public var recordsMetrics = true
    /// `HTTP_HOST`: where the standalone runtime listens.
    public var httpHost = "127.0.0.1"
    /// `HTTP_PORT`: where the standalone runtime listens; 0 takes a free port.
    public var httpPort = 8080
    /// How long the process may take to end once it is told to, by default 8 seconds. RoadRunner kills after ten. Streams are ended
    /// after three quarters of it, and requests given up after seven eighths, so that time is left for services. A handler that
    /// goes on after its answer may keep the next request waiting for as long.
    public var stopDeadline: Duration = .seconds(8)
    /// How long the work after a response may take, by default 8 seconds. The next request waits for it.
    public var afterResponseDeadline: Duration = .seconds(8)
    /// `KERNEL_REBOOT`: when the kernel is rebuilt: `never`, `on_exception` or `always`. Code has more: see ``RebootPolicy``. When nil,
    /// `on_exception` in a pool, and `never` in the standalone runtime, where many requests share a kernel.
    public var rebootPolicy: RebootPolicy?
    /// `WORKER_MAX_MEMORY` (in MiB) and `WORKER_MAX_AGE` (in seconds): when another worker takes over.
    public var recycleLimits = RecycleLimits()
    /// `REQUEST_DEADLINE` (in seconds): how long a handler may take until the head of its answer; the client then gets 504, and the handler
    /// is cancelled. Nil for no limit. Keep it below RoadRunner's `exec_ttl`, which kills.
    public var requestDeadline: Duration?
    /// `INSPECTOR_PATH`: where the inspector is, in debug only; nil for none.
    public var inspectorPath: String? = "/_roadrunner"
    /// `TRACING`: whether requests and events get server spans from the process's tracer. Where Hummingbird's `TracingMiddleware` is
    /// installed it makes them, and we do not.
    public var tracing = true
    /// Who is told of errors that nobody has caught. With `SENTRY_DSN` there is one for Sentry as well.
    public var errorReporters: [any ErrorReporter] = []
    /// The longest request that is accepted from RoadRunner, in bytes (256 MiB).
    public var maximumPayloadSize = 256 * 1024 * 1024

    /// How long the parts of a kernel's life may take.
    package var kernelLimits = KernelLimits()

    /// The defaults.
    public init() {}

    /// The policy in force.
    ///
    /// - Parameter isShared: whether many requests share the kernel at a time.
    func rebootPolicy(isShared: Bool) -> RebootPolicy { self.rebootPolicy ?? (isShared ? .never : .onException()) }

    /// Whether errors may be shown to clients.
    public var isDebug: Bool { self.debug ?? (self.environment == .development) }
}
