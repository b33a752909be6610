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
