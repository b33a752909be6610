struct MetricSample: Sendable {
    let cell: MetricCell
    let change: MetricChange
    var series: MetricSeries { self.cell.series }
}
