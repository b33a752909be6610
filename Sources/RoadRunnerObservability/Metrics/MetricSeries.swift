/// A metric with the values of its labels, in the order of the declaration.
struct MetricSeries: Sendable, Equatable {
    let name: String
    let labels: [String]
    /// The arguments of its calls, before and after the value.
    let frame: MetricCalls.ValueFrame

    init(name: String, labels: [String]) {
        self.name = name
        self.labels = labels
        self.frame = MetricCalls.ValueFrame(name: name, labels: labels)
    }

    /// The bytes of names and values: `String` considers different spellings of one letter equal.
    var key: [UInt8] { MetricKey.bytes(self.name, self.labels) }
}
