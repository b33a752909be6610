/// What is to be sent of metrics: a value, which gathers what is recorded and hands it out in batches.
///
/// Nothing in it grows without limit, and nothing leaves it that can end RoadRunner: values are finite, counters never go down, names
/// and labels are what Prometheus takes.
struct MetricStore: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    struct Definition: Sendable, Equatable {
        let kind: Kind
        var help: String
        /// In the order in which values are given.
        var labels: [String]
        /// Ascending; nil for RoadRunner's own.
        var buckets: [Double]?
        /// Said by ``declare``, before the first use.
        var isExplicit = false
    }

    struct Series: Sendable, Hashable {
        let name: String
        let labels: [String]
    }

    enum Sample: Sendable, Equatable {
        case add(Series, Double)
        case set(Series, Double)
        case observe(Series, Double)

        var series: Series {
            switch self {
            case .add(let series, _), .set(let series, _), .observe(let series, _): series
            }
        }
    }

    struct Limits: Sendable {
        var definitions = 1000
        /// Of all metrics together.
        var series = 10_000
        /// That wait to be sent.
        var observations = 4096
        /// One label's value, in characters.
        var labelValue = 200
    }

    private(set) var definitions: [String: Definition] = [:]
    private var declared: Set<String> = []
    private var counters: [Series: Double] = [:]
    private var gauges: [Series: Double] = [:]
    /// Gauges that were changed by steps are kept, since RoadRunner is told where they stand.
    private var gaugeStands: [Series: Double] = [:]
    private var observations: [(series: Series, value: Double)] = []
    private var known: Set<Series> = []
    private let limits: Limits
    /// What was recorded and will never be sent.
    private(set) var droppedCount = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    // MARK: Recording

    /// Makes known what a metric is. What is known already stays as it is.
    ///
    /// - Returns: whether it can be recorded with this kind.
    @discardableResult
    mutating func define(_ name: String, _ definition: Definition) -> Bool {
        if let existing = self.definitions[name] { return existing.kind == definition.kind }
        guard self.definitions.count < self.limits.definitions else { return false }
        var definition = definition
        definition.buckets = definition.buckets.map { buckets in
            Array(Set(buckets.filter(\.isFinite))).sorted()
        }
        self.definitions[name] = definition
        return true
    }

    /// The place where values of these labels go; nil when there is no room for it.
    mutating func series(_ name: String, _ dimensions: [(String, String)]) -> Series? {
        guard let definition = self.definitions[name] else { return nil }
        // What was declared with labels needs all of them, and only them.
        let given = Dictionary(dimensions.map { (MetricName.label($0.0), $0.1) }) { $1 }
        let series = Series(
            name: name, labels: definition.labels.map { String((given[$0] ?? "").prefix(self.limits.labelValue)) })
        guard self.known.contains(series) || self.known.count < self.limits.series else {
            self.droppedCount += 1
            return nil
        }
        self.known.insert(series)
        return series
    }

    mutating func add(_ value: Double, to series: Series) {
        guard value.isFinite, value >= 0 else {
            self.droppedCount += 1
            return
        }
        let sum = (self.counters[series] ?? 0) + value
        self.counters[series] = sum.isFinite ? sum : .greatestFiniteMagnitude
    }

    mutating func set(_ value: Double, of series: Series) {
        guard value.isFinite else {
            self.droppedCount += 1
            return
        }
        self.gauges[series] = value
        self.gaugeStands[series] = value
    }

    mutating func step(_ value: Double, of series: Series) { self.set((self.gaugeStands[series] ?? 0) + value, of: series) }

    mutating func observe(_ value: Double, of series: Series) {
        guard value.isFinite, self.observations.count < self.limits.observations else {
            self.droppedCount += 1
            return
        }
        self.observations.append((series, value))
    }

    // MARK: Sending

    struct Batch: Sendable {
        var declarations: [(name: String, definition: Definition)] = []
        var samples: [Sample] = []
        var isEmpty: Bool { self.declarations.isEmpty && self.samples.isEmpty }
    }

    /// All that waits. It is the caller's from now on.
    mutating func take() -> Batch {
        var batch = Batch()
        batch.samples += self.counters.filter { $0.value > 0 }.map { .add($0.key, $0.value) }
        batch.samples += self.gauges.map { .set($0.key, $0.value) }
        batch.samples += self.observations.map { .observe($0.series, $0.value) }
        self.counters = [:]
        self.gauges = [:]
        self.observations = []
        for name in Set(batch.samples.map(\.series.name)).union(self.definitions.filter(\.value.isExplicit).keys).sorted()
        where !self.declared.contains(name) {
            guard let definition = self.definitions[name] else { continue }
            batch.declarations.append((name, definition))
            self.declared.insert(name)
        }
        return batch
    }

    /// RoadRunner does not know it, or not any more.
    mutating func forgetDeclaration(_ name: String) { self.declared.remove(name) }

    /// What was not sent is added to what has come since.
    mutating func takeBack(_ sample: Sample) {
        switch sample {
        case .add(let series, let value): self.add(value, to: series)
        case .set(let series, let value): if self.gauges[series] == nil { self.gauges[series] = value }
        case .observe(let series, let value): self.observe(value, of: series)
        }
    }

    mutating func countDrop() { self.droppedCount += 1 }
}
