import Goridge
import Metrics
import Synchronization

/// The runtime's own metrics, recorded with swift-metrics if the process has a backend.
struct RuntimeMetrics: Sendable {
    private let modes = ModeTable()
    private let boots = Counter(label: "rr_worker_boots_total")
    private let reboots = Counter(label: "rr_worker_reboots_total")
    private let framesIn = Counter(label: "rr_worker_frames_total", dimensions: [("direction", "in")])
    private let framesOut = Counter(label: "rr_worker_frames_total", dimensions: [("direction", "out")])
    private let bytesIn = Counter(label: "rr_worker_bytes_total", dimensions: [("direction", "in")])
    private let bytesOut = Counter(label: "rr_worker_bytes_total", dimensions: [("direction", "out")])

    private init() {}

    /// Creates the metrics; nil when the process has no backend, and nothing is counted.
    static func make(_ options: RuntimeOptions) -> RuntimeMetrics? {
        options.recordsMetrics && !(MetricsSystem.factory is NOOPMetricsHandler) ? RuntimeMetrics() : nil
    }

    func mode(_ mode: WorkerMode) -> ModeMetrics { self.modes.metrics(of: mode) }

    func exceptionThrown(_ mode: WorkerMode?) { if let mode { self.mode(mode).errors.increment() } }

    func booted(isReboot: Bool) { (isReboot ? self.reboots : self.boots).increment() }

    func transferred(_ transfer: TransferStatistics) {
        self.framesIn.increment(by: transfer.framesIn)
        self.framesOut.increment(by: transfer.framesOut)
        self.bytesIn.increment(by: transfer.bytesIn)
        self.bytesOut.increment(by: transfer.bytesOut)
    }
}

/// The metrics of one mode, labelled with it.
struct ModeMetrics: Sendable {
    private let count: Counter
    fileprivate let errors: Counter
    private let cancelled: Counter
    private let time: Metrics.Timer

    fileprivate init(_ mode: WorkerMode) {
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

/// The metrics of the modes that this process serves.
private final class ModeTable: Sendable {
    private let modes = Mutex<[WorkerMode: ModeMetrics]>([:])

    func metrics(of mode: WorkerMode) -> ModeMetrics {
        self.modes.withLock { modes in
            if let metrics = modes[mode] { return metrics }
            let metrics = ModeMetrics(mode)
            modes[mode] = metrics
            return metrics
        }
    }
}

/// Counts remote calls, and records them in the request's trace.
struct RemoteCallObserver: RPCObserver {
    private let calls = Counter(label: "rr_worker_rpc_calls_total")
    private let failures = Counter(label: "rr_worker_rpc_failures_total")

    func called(_ method: RPCMethod, took duration: Duration, error: (any Error)?) {
        self.calls.increment()
        if error != nil { self.failures.increment() }
        RequestTrace.current?.call(method.name, took: duration, error: error)
    }
}
