/// The destination of the values of one series.
enum MetricCell: Sendable {
    case counter(CounterCell)
    case gauge(GaugeCell)
    case histogram(HistogramCell)

    var series: MetricSeries {
        switch self {
        case .counter(let cell): cell.series
        case .gauge(let cell): cell.series
        case .histogram(let cell): cell.series
        }
    }
}

/// A change of a series, as RoadRunner receives it.
enum MetricChange: Sendable, Equatable {
    /// Adds a number, which is negative for gauges only.
    case add(Double)
    case set(Double)
    case observe(Double)
}

struct MetricSample: Sendable {
    let cell: MetricCell
    let change: MetricChange
    var series: MetricSeries { self.cell.series }
}

struct MetricDeclarationRequest: Sendable {
    let name: String
    let definition: MetricDefinition
    /// Whether RoadRunner has reported the metric as unknown: marks of other workers do not count then.
    let isForced: Bool
}
