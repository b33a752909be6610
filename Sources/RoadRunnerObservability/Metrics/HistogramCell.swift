import CoreMetrics
import Synchronization

/// The values of one histogram that wait to be sent: RoadRunner accepts them only one by one.
final class HistogramCell: RecorderHandler, TimerHandler {
    /// The number of values of one histogram that may wait. The more histograms there are, the fewer.
    final class Capacity: Sendable {
        private let value: Atomic<Int>
        private let limits: MetricStore.Limits

        init(_ limits: MetricStore.Limits) {
            self.limits = limits
            self.value = Atomic(limits.valuesPerSeries)
        }

        var current: Int { self.value.load(ordering: .relaxed) }

        func share(among histograms: Int) {
            let share = max(16, self.limits.values / max(1, histograms))
            self.value.store(min(self.limits.valuesPerSeries, share), ordering: .relaxed)
        }
    }

    private struct State {
        var values: [Double] = []
        /// The number of values that the kept ones were chosen from.
        var seen = 0
        var random: UInt64 = 0
    }

    let series: MetricSeries
    private let capacity: Capacity
    private let drops: MetricDrops
    private let state = Mutex(State())

    init(_ series: MetricSeries, _ capacity: Capacity, _ drops: MetricDrops) {
        self.series = series
        self.capacity = capacity
        self.drops = drops
    }

    func record(_ value: Double) {
        guard value.isFinite else { return self.drops.count(.notANumber) }
        let hasRoom = self.state.withLock { state in
            state.seen += 1
            guard state.values.count >= self.capacity.current else {
                state.values.append(value)
                return true
            }
            // Each value has the same chance to stay, early or late.
            state.random = state.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let place = Int(state.random >> 33) % state.seen
            if place < state.values.count { state.values[place] = value }
            return false
        }
        if !hasRoom { self.drops.count(.tooManyValues) }
    }

    func record(_ value: Int64) { self.record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1_000_000_000) }

    var count: Int { self.state.withLock { $0.values.count } }

    /// Takes at most `limit` of the values that wait.
    func take(_ limit: Int) -> [Double] {
        self.state.withLock { state in
            let taken = Array(state.values.suffix(limit))
            state.values.removeLast(taken.count)
            if state.values.isEmpty { state.values = [] }
            state.seen = state.values.count
            return taken
        }
    }
}
