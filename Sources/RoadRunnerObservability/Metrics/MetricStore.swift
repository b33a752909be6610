/// The metrics of this process: their definitions, RoadRunner's knowledge of them, and their values until they are sent.
///
/// It does not grow without limit, and never produces a call that could crash RoadRunner: values are finite, counters never go
/// down, and names and labels are those that Prometheus accepts.
struct MetricStore: Sendable {
    struct Limits: Sendable {
        var definitions = 1000
        /// The limit on series of all metrics together.
        var series = 10_000
        /// The limits on waiting values of histograms: of all of them, and of each.
        var values = 262_144
        var valuesPerSeries = 4096
        /// The limit on values of histograms in one batch.
        var valuesPerBatch = 4096
        /// The limit on the value of a label, in Unicode scalars.
        var labelValue = 200
    }

    /// RoadRunner's knowledge of a metric. A metric that is missing has to be declared.
    private enum Declaration: Sendable, Equatable {
        case made
        case refused
    }

    private(set) var definitions: [String: MetricDefinition] = [:]
    private var declarations: [String: Declaration] = [:]
    /// The names of metrics that have had values.
    private var used: Set<String> = []
    /// How often RoadRunner did not know a metric that had been declared, since it last accepted a value of it.
    private var losses: [String: Int] = [:]
    private var cells: [[UInt8]: MetricCell] = [:]
    /// The same cells, keyed by their names at call sites.
    private var aliases: [[UInt8]: MetricCell] = [:]
    private var histograms = 0
    private let capacity: HistogramCell.Capacity
    private let limits: Limits
    private let drops: MetricDrops

    init(limits: Limits = Limits(), drops: MetricDrops = MetricDrops()) {
        self.limits = limits
        self.drops = drops
        self.capacity = HistogramCell.Capacity(limits)
    }

    // MARK: Metrics

    /// Defines a metric. An existing definition stays unchanged.
    ///
    /// - Returns: whether this definition is the one in force.
    @discardableResult
    mutating func define(_ name: String, _ definition: MetricDefinition) -> Bool {
        if let existing = self.definitions[name] { return existing == definition }
        guard self.definitions.count < self.limits.definitions else { return false }
        self.definitions[name] = definition
        return true
    }

    enum Place {
        case cell(MetricCell)
        /// Values are dropped.
        case none(MetricDrops.Reason, name: String)
    }

    /// Finds the place where values of these labels go.
    ///
    /// - Parameter buckets: the buckets of a histogram that was not declared.
    mutating func place(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricDefinition.Kind, buckets: [Double]? = nil
    ) -> Place {
        // Some call sites ask for it with each request.
        let alias = MetricKey.bytes(kind, label, dimensions)
        if let cell = self.aliases[alias] { return .cell(cell) }
        let place = self.findPlace(label, dimensions, kind: kind, buckets: buckets)
        if case .cell(let cell) = place, self.aliases.count < 2 * self.limits.series { self.aliases[alias] = cell }
        return place
    }

    private mutating func findPlace(
        _ label: String, _ dimensions: [(String, String)], kind: MetricDefinition.Kind, buckets: [Double]?
    ) -> Place {
        let name = MetricName.metric(label)
        let given = Dictionary(dimensions.map { (MetricName.label($0.0), $0.1) }) { $1 }
        if self.definitions[name] == nil {
            self.define(name, MetricDefinition(kind: kind, help: label, labels: Array(given.keys), buckets: buckets))
        }
        guard let definition = self.definitions[name] else { return .none(.tooManyMetrics, name: "") }
        guard definition.kind == kind else { return .none(.otherKind, name: name) }
        // A declaration keeps its labels; otherwise a value would appear under labels that it does not have.
        guard definition.isExplicit || definition.labels == given.keys.sorted() else { return .none(.otherLabels, name: name) }
        let series = MetricSeries(
            name: name,
            labels: definition.labels.map { label in
                var value = String.UnicodeScalarView()
                value.append(contentsOf: (given[label] ?? "").unicodeScalars.prefix(self.limits.labelValue))
                return String(value)
            })
        let key = series.key
        if let cell = self.cells[key] { return .cell(cell) }
        guard self.cells.count < self.limits.series else { return .none(.tooManySeries, name: "") }
        let cell = self.makeCell(series, definition)
        self.cells[key] = cell
        return .cell(cell)
    }

    private mutating func makeCell(_ series: MetricSeries, _ definition: MetricDefinition) -> MetricCell {
        switch definition.kind {
        case .counter: return .counter(CounterCell(series, self.drops))
        case .gauge: return .gauge(GaugeCell(series, isShared: definition.isShared, self.drops))
        case .histogram:
            self.histograms += 1
            self.capacity.share(among: self.histograms)
            return .histogram(HistogramCell(series, self.capacity, self.drops))
        }
    }

    // MARK: Sending

    struct Batch: Sendable {
        var declarations: [MetricDeclarationRequest] = []
        var samples: [MetricSample] = []
        var isEmpty: Bool { self.declarations.isEmpty && self.samples.isEmpty }
    }

    var isUnused: Bool { self.cells.isEmpty && self.definitions.isEmpty }

    /// Takes the samples to send. They belong to the caller from now on.
    ///
    /// - Parameter isShuttingDown: whether gauges lose the part of this process.
    mutating func take(isShuttingDown: Bool = false) -> Batch {
        var batch = Batch()
        var waiting: [HistogramCell] = []
        for cell in self.cells.values {
            switch cell {
            case .counter(let counter):
                let sum = counter.take()
                if sum > 0 { batch.samples.append(MetricSample(cell: cell, change: .add(sum))) }
            case .gauge(let gauge):
                if let change = gauge.change(isShuttingDown: isShuttingDown) {
                    batch.samples.append(MetricSample(cell: cell, change: change))
                }
            case .histogram(let histogram):
                if histogram.count > 0 { waiting.append(histogram) }
            }
        }
        batch.samples += self.take(of: waiting)
        for sample in batch.samples { self.used.insert(sample.series.name) }
        batch.samples.removeAll { sample in
            guard self.declarations[sample.series.name] == .refused else { return false }
            // A gauge is included the next time, too.
            if case .gauge = sample.cell { return true }
            self.drops.count(.refused, name: sample.series.name)
            return true
        }
        for (name, definition) in self.definitions.sorted(by: { $0.key < $1.key })
        where self.declarations[name] == nil && (definition.isExplicit || self.used.contains(name)) {
            batch.declarations.append(
                MetricDeclarationRequest(name: name, definition: definition, isForced: self.losses[name] != nil))
        }
        return batch
    }

    /// Takes an equal share from each histogram; later ones get the rest of smaller shares.
    private func take(of histograms: [HistogramCell]) -> [MetricSample] {
        var samples: [MetricSample] = []
        for (index, histogram) in histograms.shuffled().enumerated() {
            let left = self.limits.valuesPerBatch - samples.count
            guard left > 0 else { break }
            let part = max(1, left / (histograms.count - index))
            samples += histogram.take(part).map { MetricSample(cell: .histogram(histogram), change: .observe($0)) }
        }
        return samples
    }

    /// Adds samples that were not sent to the values recorded since.
    func takeBack(_ sample: MetricSample) {
        switch (sample.cell, sample.change) {
        case (.counter(let counter), .add(let value)): counter.increment(by: value)
        case (.histogram(let histogram), .observe(let value)): histogram.record(value)
        // Gauges are compared with RoadRunner's number each time.
        default: break
        }
    }

    // MARK: RoadRunner's knowledge

    func isDeclared(_ name: String) -> Bool { self.declarations[name] == .made }

    mutating func declared(_ name: String) { self.declarations[name] = .made }

    /// Records that RoadRunner rejects a metric. Its values are dropped until RoadRunner is replaced.
    mutating func refused(_ name: String, _ text: String) {
        self.declarations[name] = .refused
        self.drops.count(.refused, name: name, detail: text, by: 0)
    }

    /// Records that RoadRunner does not know a metric, although it was declared.
    mutating func lost(_ name: String) {
        // The first failed sample reports it; others were on their way.
        guard self.declarations[name] == .made else { return }
        self.declarations[name] = nil
        self.losses[name, default: 0] += 1
        if self.losses[name, default: 0] > 3 { self.refused(name, "RoadRunner does not know it, although it is declared") }
    }

    /// Records that RoadRunner knows a metric, and has accepted a value.
    mutating func confirmed(_ name: String) { if !self.losses.isEmpty { self.losses[name] = nil } }

    /// Forgets declarations, since RoadRunner may have been replaced.
    mutating func forgetDeclarations() {
        self.declarations.removeAll()
        self.losses.removeAll()
    }

    /// Forgets the numbers of gauges, since RoadRunner was replaced.
    func forgetGauges() {
        for case .gauge(let gauge) in self.cells.values { gauge.forget() }
    }
}
