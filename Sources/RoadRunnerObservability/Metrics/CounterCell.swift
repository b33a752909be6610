import CoreMetrics
import Synchronization

/// Collects the increments of one counter until they are sent.
final class CounterCell: CounterHandler, FloatingPointCounterHandler {
    let series: MetricSeries
    private let drops: MetricDrops
    /// The sum of whole numbers, which are by far the most common, and cost one addition.
    private let whole = Atomic(0)
    private let rest = AtomicDouble(0)

    init(_ series: MetricSeries, _ drops: MetricDrops) {
        self.series = series
        self.drops = drops
    }

    func increment(by amount: Int64) {
        // Larger values could make the sum overflow.
        guard (0...Int64(Int32.max)).contains(amount) else { return self.increment(by: Double(amount)) }
        self.whole.wrappingAdd(Int(amount), ordering: .relaxed)
    }

    func increment(by amount: Double) {
        guard amount.isFinite, amount >= 0 else { return self.drops.count(.notANumber) }
        self.rest.update { Self.sum($0, amount) }
    }

    // RoadRunner's counters cannot be reset.
    func reset() {}

    /// Takes the sum since the last call.
    func take() -> Double {
        Self.sum(self.rest.exchange(0), Double(max(0, self.whole.exchange(0, ordering: .relaxed))))
    }

    private static func sum(_ one: Double, _ other: Double) -> Double { min(one + other, .greatestFiniteMagnitude) }
}
