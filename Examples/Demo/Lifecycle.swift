import Hummingbird
import Logging
import Metrics
import RoadRunner

/// Lifecycle events of a worker, and its metrics.
enum Lifecycle {
    /// Logs every event of the kernel, in debug.
    static func print(_ boot: BootContext) {
        let logger = boot.logger
        boot.observe(KernelBooted.self) { logger.info("event: kernel booted in \($0.duration)") }
        boot.observe(KernelRebooted.self) { logger.info("event: kernel rebooted, \($0.reason)") }
        boot.observe(RequestReceived.self) { logger.info("event: received \($0.request.name)") }
        boot.observe(ResponseSent.self) { logger.info("event: sent \($0.status ?? 0) for \($0.request.name) in \($0.duration)") }
        boot.observe(ExceptionThrown.self) { logger.info("event: \(type(of: $0.error)) \($0.phase)") }
        boot.observe(WorkerStopping.self) { logger.info("event: stopping after \($0.handledCount) requests") }
    }

    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        let visits = Counter(label: "demo_visits_total", dimensions: [("kind", "route")])
        let work = Metrics.Timer(label: "demo_work_seconds")
        // Within a second it appears on RoadRunner's Prometheus page, together with Hummingbird's request metrics.
        router.group("metrics-demo").add(middleware: MetricsMiddleware()).get { _, _ in
            visits.increment()
            let start = ContinuousClock.now
            try await Task.sleep(for: .milliseconds(5))
            work.record(duration: ContinuousClock.now - start)
            return "counted\n"
        }
        // The kernel is rebuilt after this response.
        router.get("reboot") { _, context in
            context.requestReboot("asked for at /reboot")
            return "the kernel is rebooted after this response\n"
        }
    }
}
