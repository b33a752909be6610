/// The declaration of a metric, which RoadRunner receives before any values.
struct MetricDefinition: Sendable, Equatable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    let kind: Kind
    let help: String
    /// Sorted and unique: RoadRunner takes values by position, and positions must be the same in all workers.
    let labels: [String]
    /// In ascending order; nil for RoadRunner's own.
    let buckets: [Double]?
    /// Whether a gauge has the value that any worker set last. Otherwise the values of all workers are added up.
    let isShared: Bool
    /// Whether the application has declared the metric, before its first use.
    let isExplicit: Bool

    init(
        kind: Kind, help: String, labels: [String], buckets: [Double]? = nil, isShared: Bool = false, isExplicit: Bool = false
    ) {
        self.kind = kind
        self.help = help
        self.labels = Set(labels).sorted()
        self.buckets = buckets.map { Set($0.filter(\.isFinite)).sorted() }
        self.isShared = isShared
        self.isExplicit = isExplicit
    }

    /// The properties that make it a different metric for RoadRunner.
    var signature: String { "\(self.kind.rawValue)(\(self.labels.joined(separator: ",")))" }
}
