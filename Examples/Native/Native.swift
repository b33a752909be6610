import KVCache
import Metrics
import RoadRunner
import RoadRunnerObservability

/// A program that serves HTTP itself, on all cores, while RoadRunner supervises it and provides storages, locks and metrics.
@main
struct Native: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    static func bootstrap(_ options: RuntimeOptions) async throws {
        try RoadRunnerLogHandler.bootstrap(options)
        let metrics = RoadRunnerMetrics()
        metrics.declare("native_visits_total", as: .counter, help: "Visits of /visits.")
        MetricsSystem.bootstrap(metrics)
    }

    init(_ boot: BootContext) async throws {
        // RoadRunner's storage, by RR_RPC. It outlives this process.
        let cache = try await boot.keyValueStore("cache")
        let visits = Counter(label: "native_visits_total")
        router.get("visits") { _, _ in
            visits.increment()
            let count = try await cache.withLock("visits") {
                let count = (try await cache.get("visits", as: Int.self) ?? 0) + 1
                try await cache.set(count, for: "visits")
                return count
            }
            return "visit \(count)\n"
        }
        // A worker of a pool could answer no other request meanwhile; this process serves thousands at once.
        router.get("wait") { _, _ in
            try await Task.sleep(for: .milliseconds(100))
            return "waited\n"
        }
    }

    var workers: some Workers { HTTP(router) }
}
