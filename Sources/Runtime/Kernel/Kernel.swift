public import ServiceLifecycle

/// A RoadRunner application, which is built at boot and serves requests with its workers.
///
/// ```swift
/// import RoadRunner
///
/// @main
/// struct App: Kernel {
///     let router = Router(context: BasicRoadRunnerRequestContext.self)
///
///     init(_ boot: BootContext) async throws {
///         router.get("hello") { _, _ in "Hello from RoadRunner" }
///     }
///
///     var workers: some Workers { HTTP(router) }
/// }
/// ```
///
/// A kernel owns the application's state, such as routers and connection pools. It is built once per process, and built
/// again as a whole when the runtime reboots it: keep state in it rather than in globals.
public protocol Kernel: SendableMetatype {
    associatedtype Served: Workers

    /// Builds the application. An error is a boot failure: see ``BootPolicy``.
    init(_ boot: BootContext) async throws

    /// The workers of the kernel, one for each mode. `RR_MODE` picks one of them.
    @WorkersBuilder var workers: Served { get }

    /// Services that run as long as the kernel does. They are started after the kernel was built, in this order, and shut down
    /// gracefully, in reverse order, before the process ends. A service that ends before it is asked to is logged, and the worker
    /// asks RoadRunner for a replacement.
    var services: [any Service] { get }

    /// Whether a reboot may run the old and the new kernel at the same time. The default is true.
    ///
    /// When true, no request waits for a reboot: the new kernel is built and its services started, then it takes over, and the old
    /// one is shut down once its last request has ended. When false, for services that can run only once (a port that is listened
    /// on, a lock that is held), the old one is shut down first, which may take five seconds, and requests wait until the new one
    /// is built.
    static var overlapsOnReboot: Bool { get }

    /// The application's own defaults. The environment and the file `.env` override them.
    static var options: RuntimeOptions { get }

    /// Parts of other products that the environment enables, such as `SentryIntegration()`.
    static var integrations: [any LaunchIntegration] { get }

    /// Observers of the process, from its start to its end. Observers of a kernel are registered with
    /// `boot.observe(_:priority:_:)`.
    static var observers: [Observer] { get }

    /// Runs once per process, before anything else: the place for `LoggingSystem.bootstrap` and similar calls, which are possible
    /// only once, while kernels may be built again.
    static func bootstrap(_ options: RuntimeOptions) async throws
}

extension Kernel {
    public var services: [any Service] { [] }
    public static var overlapsOnReboot: Bool { true }
    public static var options: RuntimeOptions { RuntimeOptions() }
    public static var integrations: [any LaunchIntegration] { [] }
    public static var observers: [Observer] { [] }
    public static func bootstrap(_ options: RuntimeOptions) async throws {}
}
