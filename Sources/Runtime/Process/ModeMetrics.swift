import Goridge
import Metrics

/// The metrics of one mode, labelled with it.
struct ModeMetrics: Sendable {
    private let count: Counter
    let errors: Counter
    private let cancelled: Counter
    private let time: Metrics.Timer

    init(_ mode: WorkerMode) {
        let dimensions = [("mode", mode.rawValue)]
        self.count = Counter(label: "rr_worker_requests_total", dimensions: dimensions)
        self.errors = Counter(label: "rr_worker_errors_total", dimensions: dimensions)
        self.cancelled = Counter(label: "rr_worker_cancelled_streams_total", dimensions: dimensions)
        self.time = Metrics.Timer(label: "rr_worker_handler_seconds", dimensions: dimensions)
    }

    func requestEnded(took duration: Duration, isComplete: Bool) {
        self.count.increment()
        self.time.recordNanoseconds(Int64(clamping: duration.clampedNanoseconds))
        if !isComplete { self.cancelled.increment() }
    }
}
