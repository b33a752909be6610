import CentrifugoHTTP
import Hummingbird
import KVCache
import Metrics
import RoadRunner
import RoadRunnerObservability
import RoadRunnerSentry

/// The application that the `.rr.yaml` of this package serves.
@main
struct Demo: Kernel {
    private let router = Router(context: BasicRoadRunnerRequestContext.self, options: .autoGenerateHeadEndpoints)

    private let chat: Chat

    static var integrations: [any LaunchIntegration] { [SentryIntegration(), CentrifugoHTTPIntegration()] }

    /// Runs once per process: text log lines in development and JSON in production, and metrics through RoadRunner.
    static func bootstrap(_ options: RuntimeOptions) async throws {
        try RoadRunnerLogHandler.bootstrap(options)
        let metrics = RoadRunnerMetrics()
        metrics.declare("demo_visits_total", as: .counter, help: "Visits of /metrics-demo.", labels: ["kind"])
        metrics.declare(
            "demo_work_seconds", as: .histogram, help: "How long /metrics-demo works.", buckets: [0.001, 0.01, 0.1, 1])
        MetricsSystem.bootstrap(metrics)
    }

    init(_ boot: BootContext) async throws {
        // For trying lazy boot: an application with a slow boot.
        if let text = boot.configuration.text("demo.boot.delay") {
            guard let delay = Double(text), (0...3600).contains(delay) else { throw BadDelay(text: text) }
            try await Task.sleep(for: .seconds(delay))
        }
        // Middleware applies to the routes that are added after it.
        let proxies = boot.configuration.string(forKey: "trusted.proxies") ?? ""
        router.add(middleware: try TrustedProxies(parsing: proxies))
        if boot.isDebug { Lifecycle.print(boot) }
        // In debug, the inspector shows the requests of all workers.
        boot.shareInspector(KeyValuePersistDriver(try await boot.keyValueStore("cache")))
        Self.addPlainRoutes(to: router)
        Files(boot).addRoutes(to: router)
        try await Storages(boot).addRoutes(to: router)
        try await Sessions(boot).addRoutes(to: router)
        self.chat = try await Chat(boot)
        self.chat.addRoutes(to: router)
    }

    /// Adds the routes that need no storages, files or Centrifugo.
    static func addPlainRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        Lifecycle.addRoutes(to: router)
        Pages.addRoutes(to: router)
        Streams.addRoutes(to: router)
        Inspection.addRoutes(to: router)
        Failures.addRoutes(to: router)
        Uploads.addRoutes(to: router)
        Protocols.addRoutes(to: router)
    }

    var workers: some Workers {
        HTTP(router)
        self.chat.events
    }

    /// A boot that fails.
    private struct BadDelay: Error, CustomStringConvertible {
        let text: String
        var description: String { "DEMO_BOOT_DELAY is \"\(self.text)\": it must be a number of seconds, from 0 to 3600" }
    }
}
