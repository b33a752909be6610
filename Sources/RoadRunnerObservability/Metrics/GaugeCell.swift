import CoreMetrics

/// The current value of one gauge in this process, and the value that RoadRunner has received from it.
///
/// RoadRunner has one number for all workers. It is sent differences, so its number is the sum over all workers; for a shared
/// gauge it is sent the value itself.
final class GaugeCell: MeterHandler, RecorderHandler {
    /// The largest accepted value, so no difference of two is infinite.
    private static let largest = 1e300

    let series: MetricSeries
    private let isShared: Bool
    private let drops: MetricDrops
    /// The current value; NaN until one was recorded.
    private let stand = AtomicDouble(.nan)
    /// This process's part of RoadRunner's number; NaN while it has none. Only the sender changes it.
    private let sent = AtomicDouble(.nan)

    init(_ series: MetricSeries, isShared: Bool, _ drops: MetricDrops) {
        self.series = series
        self.isShared = isShared
        self.drops = drops
    }

    func set(_ value: Double) {
        guard value.magnitude <= Self.largest else { return self.drops.count(.notANumber) }
        self.stand.set(value)
    }

    func increment(by amount: Double) {
        guard amount.magnitude <= Self.largest else { return self.drops.count(.notANumber) }
        self.stand.update { min(max(($0.isNaN ? 0 : $0) + amount, -Self.largest), Self.largest) }
    }

    func decrement(by amount: Double) { self.increment(by: -amount) }
    func set(_ value: Int64) { self.set(Double(value)) }
    func record(_ value: Int64) { self.set(Double(value)) }
    func record(_ value: Double) { self.set(value) }

    /// The change to send to RoadRunner; nil for none.
    ///
    /// - Parameter isShuttingDown: whether to take this process's part out again.
    func change(isShuttingDown: Bool) -> MetricChange? {
        let (stand, sent) = (self.stand.value, self.sent.value)
        guard !stand.isNaN else { return nil }
        if self.isShared { return stand == sent ? nil : .set(stand) }
        // A series appears with its first value, which may be 0.
        guard !sent.isNaN else { return isShuttingDown ? nil : .add(stand) }
        let difference = (isShuttingDown ? 0 : stand) - sent
        return difference == 0 ? nil : .add(difference)
    }

    /// Records that RoadRunner has received a change.
    func took(_ change: MetricChange) {
        switch change {
        case .add(let difference): self.sent.update { ($0.isNaN ? 0 : $0) + difference }
        case .set(let value): self.sent.set(value)
        case .observe: break
        }
    }

    /// Records that RoadRunner has lost this process's part.
    func forget() { self.sent.set(.nan) }
}
