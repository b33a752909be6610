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

enum MetricKey {
    /// A byte that does not occur in UTF-8.
    private static let separator: UInt8 = 0xFF

    static func bytes(_ first: String, _ rest: some Sequence<String>) -> [UInt8] {
        var bytes = Array(first.utf8)
        for text in rest {
            bytes.append(Self.separator)
            bytes.append(contentsOf: text.utf8)
        }
        return bytes
    }

    /// The key of a metric as its call site names it.
    static func bytes(_ kind: MetricDefinition.Kind, _ label: String, _ dimensions: [(String, String)]) -> [UInt8] {
        var bytes = Self.bytes(kind.rawValue, CollectionOfOne(label))
        for (name, value) in dimensions {
            bytes.append(Self.separator)
            bytes.append(contentsOf: name.utf8)
            bytes.append(Self.separator)
            bytes.append(contentsOf: value.utf8)
        }
        return bytes
    }
}
