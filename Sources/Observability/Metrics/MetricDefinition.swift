/// The declaration of a metric, which RoadRunner gets before values of it.
struct MetricDefinition: Sendable, Equatable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    let kind: Kind
    let help: String
    /// Sorted, and each once: RoadRunner takes values by their places, and the places must be the same in all workers.
    let labels: [String]
    /// Ascending; nil for RoadRunner's own.
    let buckets: [Double]?
    /// Of a gauge: what was set last stands, by whatever worker. Otherwise what workers have adds up.
    let isShared: Bool
    /// Declared by the application, before the first use.
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

    /// The parts that make it another metric for RoadRunner.
    var signature: String { "\(self.kind.rawValue)(\(self.labels.joined(separator: ",")))" }
}

/// A metric with the values of its labels, in the order of the declaration.
struct MetricSeries: Sendable, Equatable {
    let name: String
    let labels: [String]
    /// What the arguments of its calls have before a value and after it.
    let frame: MetricCalls.ValueFrame

    init(name: String, labels: [String]) {
        self.name = name
        self.labels = labels
        self.frame = MetricCalls.ValueFrame(name: name, labels: labels)
    }

    /// The bytes of names and values: `String` takes different spellings of one letter for the same.
    var key: [UInt8] { MetricKey.bytes(self.name, self.labels) }
}

enum MetricKey {
    /// UTF-8 has no byte like it.
    private static let separator: UInt8 = 0xFF

    static func bytes(_ first: String, _ rest: some Sequence<String>) -> [UInt8] {
        var bytes = Array(first.utf8)
        for text in rest {
            bytes.append(Self.separator)
            bytes.append(contentsOf: text.utf8)
        }
        return bytes
    }

    /// A metric as its call site names it.
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
