import Logging
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerObservability

private final class Registry {
    var store: MetricStore
    let drops = MetricDrops()

    init(_ limits: MetricStore.Limits = MetricStore.Limits()) { self.store = MetricStore(limits: limits, drops: self.drops) }

    private struct NoPlace: Error {}

    func counter(_ label: String, _ dimensions: [(String, String)] = []) throws -> CounterCell {
        guard case .cell(.counter(let cell)) = self.store.place(label, dimensions, .counter) else { throw NoPlace() }
        return cell
    }

    func gauge(_ label: String) throws -> GaugeCell {
        guard case .cell(.gauge(let cell)) = self.store.place(label, [], .gauge) else { throw NoPlace() }
        return cell
    }

    func histogram(_ label: String) throws -> HistogramCell {
        let buckets = [3, .nan, 1, 1, .infinity]
        guard case .cell(.histogram(let cell)) = self.store.place(label, [], .histogram, buckets: buckets) else {
            throw NoPlace()
        }
        return cell
    }

    /// The reason why a call site has no place.
    func objection(_ label: String, _ dimensions: [(String, String)], _ kind: MetricDefinition.Kind = .counter)
        -> MetricDrops.Reason?
    {
        if case .none(let reason, _) = self.store.place(label, dimensions, kind) { reason } else { nil }
    }

    func take(isShuttingDown: Bool = false) -> MetricStore.Batch { self.store.take(isShuttingDown: isShuttingDown) }
}

@Suite struct MetricStoreTests {
    @Test func countersAreSummedAndDeclaredOnce() throws {
        let registry = Registry()
        let counter = try registry.counter("c", [("a", "x")])
        counter.increment(by: Int64(1))
        counter.increment(by: 2.5)
        let batch = registry.take()
        #expect(batch.declarations.map(\.name) == ["c"])
        #expect(batch.samples.map(\.change) == [.add(3.5)])
        #expect(batch.samples.map(\.series) == [MetricSeries(name: "c", labels: ["x"])])
        registry.store.declared("c")
        let nothing = registry.take()
        #expect(nothing.isEmpty)
        counter.increment(by: Int64(1))
        let next = registry.take()
        #expect(next.declarations.isEmpty && next.samples.count == 1)
        registry.store.forgetDeclarations()
        for sample in next.samples { registry.store.takeBack(sample) }
        let again = registry.take()
        #expect(again.declarations.count == 1)
        #expect(again.samples.map(\.change) == [.add(1)])
    }

    /// Each of these values would crash RoadRunner, or be refused by it.
    @Test func onlyNumbersAreSent() throws {
        let registry = Registry()
        let (c, g, h) = (try registry.counter("c"), try registry.gauge("g"), try registry.histogram("h"))
        for value in [-1, -.infinity, .infinity, .nan, -0.000001] { c.increment(by: value) }
        c.increment(by: Int64(-1))
        for value in [Double.nan, .infinity] {
            g.set(value)
            g.increment(by: value)
            h.record(value)
        }
        let nothing = registry.take()
        #expect(nothing.samples.isEmpty)
        #expect(registry.drops.total == 12)
        #expect(registry.store.definitions["h"]?.buckets == [1, 3])
        c.increment(by: .greatestFiniteMagnitude)
        c.increment(by: .greatestFiniteMagnitude)
        c.increment(by: Int64.max)
        for _ in 0..<3 { g.increment(by: 1e300) }
        let batch = registry.take()
        #expect(Set(batch.samples.map { "\($0.change)" }) == ["add(\(Double.greatestFiniteMagnitude))", "add(1e+300)"])
    }

    @Test func labelsMatchTheDeclarationInAnyOrder() throws {
        let registry = Registry()
        let one = try registry.counter("c", [("b", "2"), ("a", "1")])
        #expect(try registry.counter("c", [("a", "1"), ("b", "2")]) === one)
        #expect(one.series.labels == ["1", "2"])
        #expect(registry.store.definitions["c"]?.labels == ["a", "b"])
        // Labels are compared as bytes: RoadRunner has two series for these.
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(
            try registry.counter("c", [("a", composed), ("b", "")])
                !== registry.counter("c", [("a", decomposed), ("b", "")]))
        let long = try registry.counter("c", [("a", "e" + String(repeating: "\u{301}", count: 500)), ("b", "")])
        #expect(long.series.labels[0].unicodeScalars.count == 200)
        // Other dimensions would appear under labels that they lack.
        for dimensions in [[("a", "1")], [("a", "1"), ("c", "2")], [("a", "1"), ("b", "2"), ("c", "3")], []] {
            #expect(registry.objection("c", dimensions) == .otherLabels)
        }
        #expect(registry.objection("c", [("a", "1"), ("b", "2")], .gauge) == .otherKind)
        // A declared metric keeps its declaration.
        registry.store.define("d", MetricDefinition(kind: .counter, help: "", labels: ["y", "x", "y"], isExplicit: true))
        #expect(try registry.counter("d", [("y", "2"), ("other", "x")]).series.labels == ["", "2"])
    }

    @Test func nothingGrowsWithoutLimit() throws {
        var limits = MetricStore.Limits()
        limits.definitions = 2
        limits.series = 3
        limits.valuesPerSeries = 4
        let registry = Registry(limits)
        _ = try registry.counter("c", [("a", "1")])
        let h = try registry.histogram("h")
        #expect(registry.objection("x", []) == .tooManyMetrics)
        _ = try registry.counter("c", [("a", "2")])
        #expect(registry.objection("c", [("a", "3")]) == .tooManySeries)
        _ = try registry.counter("c", [("a", "1")])
        for value in 0..<10 { h.record(Double(value)) }
        let batch = registry.take()
        #expect(batch.samples.count == 4)
        #expect(registry.drops.total == 6)
    }

    @Test func gaugesAreSentAsDifferences() throws {
        let registry = Registry()
        let gauge = try registry.gauge("g")
        func send(isShuttingDown: Bool = false) -> [MetricChange] {
            let batch = registry.take(isShuttingDown: isShuttingDown)
            for sample in batch.samples { gauge.took(sample.change) }
            return batch.samples.map(\.change)
        }
        #expect(send() == [])
        gauge.set(0.0)
        // Sent once, which puts the gauge on the page.
        #expect(send() == [.add(0)])
        gauge.set(5.0)
        gauge.increment(by: 2)
        #expect(send() == [.add(7)])
        gauge.decrement(by: 3)
        #expect(send() == [.add(-3)])
        // A later batch makes up for an unsent difference.
        gauge.set(Int64(1))
        _ = registry.take()
        #expect(send() == [.add(-3)])
        #expect(send() == [])
        #expect(send(isShuttingDown: true) == [.add(-1)])
        #expect(send(isShuttingDown: true) == [])
        registry.store.forgetGauges()
        #expect(send() == [.add(1)])
    }

    /// One histogram has more values than all others together.
    @Test func noHistogramStarvesAnother() throws {
        var limits = MetricStore.Limits()
        limits.valuesPerSeries = 1000
        limits.valuesPerBatch = 100
        let registry = Registry(limits)
        let (loud, one, other) = (
            try registry.histogram("loud"), try registry.histogram("one"), try registry.histogram("other")
        )
        for _ in 0..<10 {
            for value in 0..<2000 { loud.record(Double(value)) }
            for quiet in [one, other] { for value in 0..<30 { quiet.record(Double(value)) } }
            let batch = registry.take()
            let counts = Dictionary(grouping: batch.samples, by: \.series.name).mapValues(\.count)
            #expect(counts["one"] == 30 && counts["other"] == 30)
            #expect((33...40).contains(counts["loud"] ?? 0))
        }
        // More histograms leave less room for the waiting values of each.
        for number in 0..<900 { _ = try registry.histogram("h\(number)") }
        let last = try registry.histogram("h1")
        for value in 0..<2000 { last.record(Double(value)) }
        #expect(last.count < 300)
    }

    /// The values kept from too many are not only the first ones.
    @Test func theKeptValuesAreAFairSample() throws {
        var limits = MetricStore.Limits()
        limits.valuesPerSeries = 1000
        let registry = Registry(limits)
        let histogram = try registry.histogram("h")
        for value in 0..<100_000 { histogram.record(Double(value)) }
        let values = histogram.take(1000)
        let mean = values.reduce(0, +) / 1000
        #expect(values.count == 1000)
        #expect((45_000...55_000).contains(mean), "\(mean)")
    }

    @Test func reasonsAreLoggedOnce() {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in ClosureLogHandler { line in lines.withLock { $0.append(line) } } }
        let drops = MetricDrops()
        for _ in 0..<3 {
            for reason in MetricDrops.Reason.allCases {
                let handler = DiscardingHandler(reason, "", drops)
                handler.increment(by: 1.0)
                handler.recordNanoseconds(1)
                handler.set(Int64(1))
            }
            drops.count(.otherKind, name: "m")
            drops.report(to: logger)
        }
        #expect(lines.withLock { $0.count } == MetricDrops.Reason.allCases.count + 1)
        #expect(drops.total == 3 * (3 * MetricDrops.Reason.allCases.count + 1))
    }

    @Test func manyThreadsLoseNothing() async throws {
        let registry = Registry()
        let (counter, gauge) = (try registry.counter("c"), try registry.gauge("g"))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.increment(by: Int64(1))
                        counter.increment(by: 0.5)
                        gauge.increment(by: 2)
                        gauge.decrement(by: 1)
                    }
                }
            }
        }
        #expect(counter.take() == 12_000)
        #expect(gauge.change(isShuttingDown: false) == .add(8000))
    }
}
