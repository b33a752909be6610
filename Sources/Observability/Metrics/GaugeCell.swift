import CoreMetrics

/// Where one gauge stands in this process, and what RoadRunner was told of it.
///
/// RoadRunner has one number for all workers. It is told of differences, so that it has the sum of what they have; of a shared gauge
/// it is told what was set.
final class GaugeCell: MeterHandler, RecorderHandler {
    /// Larger numbers are none: no difference of two is infinite.
    private static let largest = 1e300

    let series: MetricSeries
    private let isShared: Bool
    private let drops: MetricDrops
    /// Not a number until something was recorded.
    private let stand = AtomicDouble(.nan)
    /// RoadRunner's part of it from this process; not a number while it has none. Whoever sends changes it.
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

    /// The change that RoadRunner must be sent; nil for none.
    ///
    /// - Parameter isEnding: what this process has put in is taken out again.
    func change(isEnding: Bool) -> MetricChange? {
        let (stand, sent) = (self.stand.value, self.sent.value)
        guard !stand.isNaN else { return nil }
        if self.isShared { return stand == sent ? nil : .set(stand) }
        // A series appears with its first value, which may be 0.
        guard !sent.isNaN else { return isEnding ? nil : .add(stand) }
        let difference = (isEnding ? 0 : stand) - sent
        return difference == 0 ? nil : .add(difference)
    }

    /// RoadRunner has it now.
    func took(_ change: MetricChange) {
        switch change {
        case .add(let difference): self.sent.update { ($0.isNaN ? 0 : $0) + difference }
        case .set(let value): self.sent.set(value)
        case .observe: break
        }
    }

    /// RoadRunner has nothing of it any more.
    func forget() { self.sent.set(.nan) }
}
