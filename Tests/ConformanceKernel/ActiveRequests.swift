import CoreMetrics
import Synchronization

/// Counts the requests that Hummingbird's metrics middleware considers active.
final class ActiveRequests: MetricsFactory, Sendable {
    private static let count = Atomic(0)

    static var current: Int { self.count.load(ordering: .acquiring) }

    private final class ActiveMeter: MeterHandler, Sendable {
        func set(_ value: Int64) {}
        func set(_ value: Double) {}
        func increment(by amount: Double) { ActiveRequests.count.add(Int(amount), ordering: .acquiringAndReleasing) }
        func decrement(by amount: Double) { ActiveRequests.count.subtract(Int(amount), ordering: .acquiringAndReleasing) }
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        label == "http.server.active_requests" ? ActiveMeter() : NOOPMetricsHandler.instance
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { NOOPMetricsHandler.instance }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { NOOPMetricsHandler.instance }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
}
