import KVCache
import Logging
import Metrics
import RoadRunner
import RoadRunnerObservability

/// The worker that `scripts/bench` measures, with a route for each case.
///
/// With `BENCH_BARE` a bare responder replaces the router. With `BENCH_OBSERVED` requests are observed as by a program in production:
/// by metrics, proxies, sessions, an observer; with `BENCH_LOGGED` a line is logged for each request as well. `BENCH_BOOT` is the
/// number of milliseconds that building the kernel takes, and `BENCH_CONNECTIONS` the address to which it has eight connections.
@main
struct BenchmarkWorker: Kernel {
    private let isBare: Bool
    private let connections: DatabaseConnections?
    private let router = Router(context: BasicRoadRunnerRequestContext.self)

    static func bootstrap(_ options: RuntimeOptions) throws {
        try RoadRunnerLogHandler.bootstrap(options)
        if Environment().get("BENCH_OBSERVED") != nil { MetricsSystem.bootstrap(RoadRunnerMetrics()) }
    }

    init(_ boot: BootContext) async throws {
        self.isBare = boot.configuration.bool(forKey: "bench.bare", default: false)
        if let milliseconds = boot.configuration.int(forKey: "bench.boot") {
            try await Task.sleep(for: .milliseconds(milliseconds))
        }
        self.connections = try boot.configuration.string(forKey: "bench.connections").map { try DatabaseConnections(to: $0) }
        if boot.configuration.bool(forKey: "bench.observed", default: false) {
            self.router.add(middleware: try TrustedProxies(parsing: "loopback"))
            self.router.add(middleware: BrowserSessions(MemoryPersistDriver()))
            boot.observe(ResponseSent.self) { _ in }
        }
        if boot.configuration.bool(forKey: "bench.logged", default: false) {
            self.router.add(middleware: LogRequestsMiddleware(.info))
        }
        self.addRoutes()
        // The other cases do not call RoadRunner.
        if boot.configuration.string(forKey: "bench.case") == "get" {
            let store = try await boot.keyValueStore("cache")
            try await store.set("Hello from Swift!\n", for: "key")
            self.router.get("get") { _, _ in try await store.get("key", as: String.self) ?? "" }
        }
    }

    var workers: some Workers { self.isBare ? self.bare : HTTP(self.router) }

    private var bare: HTTP {
        HTTP(
            CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; charset=utf-8"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: "Hello from Swift!\n"))
                )
            }
        )
    }

    private struct Greeting: ResponseCodable {
        let message: String
        let languages: [String]
        let count: Int
    }

    private func addRoutes() {
        self.router.get("hello") { _, _ in "Hello from Swift!\n" }
        // Like a program that calls a database.
        self.router.get("wait") { _, _ in
            try await Task.sleep(for: .milliseconds(10))
            return "Hello from Swift!\n"
        }
        self.router.get("json") { _, _ in Greeting(message: "Hello from Swift!", languages: ["Swift", "Go"], count: 42) }
        self.router.post("post") { request, _ in
            "\(try await request.body.collect(upTo: 1 << 20).readableBytes)"
        }
        let large = ByteBuffer(repeating: 0x61, count: 64 * 1024)
        self.router.get("large") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/octet-stream"], body: ResponseBody(byteBuffer: large))
        }
        let chunk = ByteBuffer(repeating: 0x61, count: 1024)
        self.router.get("stream") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody { writer in
                    for _ in 0..<100 { try await writer.write(chunk) }
                    try await writer.finish(nil)
                })
        }
        // Shows that memory is constant, however long a body is.
        self.router.get("huge") { request, _ in
            let count = (request.uri.queryParameters.get("mib", as: Int.self) ?? 64) * 16
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    for _ in 0..<max(0, count) { try await writer.write(large) }
                    try await writer.finish(nil)
                }
            )
        }
    }
}
