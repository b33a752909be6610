/// Where the values of one series go.
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

/// A sample of a series, as RoadRunner gets it.
enum MetricChange: Sendable, Equatable {
    /// Less than nothing for gauges only.
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
    /// RoadRunner has said that it does not know the metric: others' word for it is not enough.
    let isForced: Bool
}
