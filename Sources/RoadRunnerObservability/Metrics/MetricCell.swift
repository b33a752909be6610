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
