import CoreMetrics

/// Counts recorded values, and drops them.
final class DiscardingHandler: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    private let reason: MetricDrops.Reason
    private let name: String
    private let drops: MetricDrops

    init(_ reason: MetricDrops.Reason, _ name: String, _ drops: MetricDrops) {
        self.reason = reason
        self.name = name
        self.drops = drops
    }

    private func drop() { self.drops.count(self.reason, name: self.name) }

    func increment(by amount: Int64) { self.drop() }
    func increment(by amount: Double) { self.drop() }
    func decrement(by amount: Double) { self.drop() }
    func set(_ value: Int64) { self.drop() }
    func set(_ value: Double) { self.drop() }
    func record(_ value: Int64) { self.drop() }
    func record(_ value: Double) { self.drop() }
    func recordNanoseconds(_ duration: Int64) { self.drop() }
    func reset() {}
}
