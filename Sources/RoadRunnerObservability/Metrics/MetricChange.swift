/// A change of a series, as RoadRunner receives it.
enum MetricChange: Sendable, Equatable {
    /// Adds a number, which is negative for gauges only.
    case add(Double)
    case set(Double)
    case observe(Double)
}
