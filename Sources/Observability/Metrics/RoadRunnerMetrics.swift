public import CoreMetrics
package import Goridge
public import Logging
import NIOCore
public import RoadRunnerRuntime
import Synchronization

/// A backend for swift-metrics: what is recorded appears on the Prometheus page of RoadRunner's `metrics` plugin.
///
/// ```swift
/// static func bootstrap(_ options: RuntimeOptions) async throws {
///     MetricsSystem.bootstrap(RoadRunnerMetrics())
/// }
/// ```
///
/// Counters are counters, timers and recorders histograms (timers in seconds), meters and recorders that do not aggregate gauges. Metrics
/// are declared with their first use, with the labels that they have then; ``declare(_:as:help:labels:buckets:)`` gives them a help
/// text and buckets before. What is recorded is gathered and sent once a second, off the path of requests. Where RoadRunner does
/// not run, or has no `metrics` plugin, it is dropped.
///
/// Source: RoadRunner's documentation, "Metrics"; its RPC methods `metrics.Declare`, `Add`, `Set` and `Observe`.
public final class RoadRunnerMetrics: MetricsFactory, TelemetryExporter {
    /// What a metric is.
    public enum Kind: Sendable, Hashable { case counter, gauge, histogram }

    /// How metrics are sent.
    public struct Options: Sendable {
        /// How often.
        public var interval: Duration = .seconds(1)
        /// The buckets of histograms that were not declared: Prometheus's own, in seconds.
        public var buckets: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

        /// The defaults.
        public init() {}
    }

    /// Calls under way at the same time.
    private static let concurrency = 64

    private struct State {
        var store = MetricStore()
        var client: RPCClient?
        var exporter: Task<Void, Never>?
        /// RoadRunner has no `metrics` plugin.
        var isDisabled = false
        var reportedDrops = 0
    }

    private let options: Options
    private let logger: Logger
    private let state = Mutex(State())
    private let sending = AsyncLock()

    /// - Parameters:
    ///   - logger: told once of what cannot be sent.
    public init(options: Options = Options(), logger: Logger = Logger(label: "roadrunner.metrics")) {
        self.options = options
        self.logger = logger
        TelemetryExporters.register(self)
    }

    /// Says what a metric is before its first use.
    ///
    /// - Parameters:
    ///   - name: what Prometheus cannot take of it becomes underscores.
    ///   - labels: the names of its labels. Those that a value does not have are empty, others are left out.
    ///   - buckets: of a histogram, ascending.
    public func declare(
        _ name: String, as kind: Kind, help: String, labels: [String] = [], buckets: [Double]? = nil
    ) {
        let definition = MetricStore.Definition(
            kind: kind.stored, help: help, labels: labels.map(MetricName.label),
            buckets: kind == .histogram ? buckets ?? self.options.buckets : nil, isExplicit: true)
        self.state.withLock { _ = $0.store.define(MetricName.metric(name), definition) }
    }

    /// How many values were recorded and will never be sent: there were too many, or they were no numbers.
    public var droppedCount: Int { self.state.withLock { $0.store.droppedCount } }

    // MARK: Recording

    private func handler(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricStore.Kind
    ) -> (@Sendable ((inout MetricStore, MetricStore.Series) -> Void) -> Void) {
        let name = MetricName.metric(label)
        let series = self.state.withLock { state -> MetricStore.Series? in
            let isKnown = state.store.define(
                name,
                .init(
                    kind: kind, help: label, labels: dimensions.map { MetricName.label($0.0) },
                    buckets: kind == .histogram ? self.options.buckets : nil))
            return isKnown ? state.store.series(name, dimensions) : nil
        }
        guard let series else {
            self.logger.warning(
                "a metric cannot be recorded: there are too many, or its name has another kind already",
                metadata: ["name": "\(name)"])
            return { [weak self] _ in self?.state.withLock { $0.store.countDrop() } }
        }
        return { [weak self] record in self?.state.withLock { record(&$0.store, series) } }
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        RecordingHandler(self.handler(label, dimensions, .counter))
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        RecordingHandler(self.handler(label, dimensions, .counter))
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        GaugeHandler(self.handler(label, dimensions, .gauge))
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? HistogramHandler(self.handler(label, dimensions, .histogram))
            : GaugeHandler(self.handler(label, dimensions, .gauge))
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        HistogramHandler(self.handler(label, dimensions, .histogram))
    }

    // RoadRunner keeps what it was told.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: Sending

    package func attach(_ process: ProcessContext) {
        guard process.hasRoadRunner, let client = try? process.client() else { return }
        self.attach(client)
    }

    package func attach(_ client: RPCClient) {
        let interval = max(.milliseconds(10), self.options.interval.clamped())
        // It sends the values of all requests, and is part of none.
        let exporter = Task.detached { [weak self] in
            while !Task.isCancelled {
                do { try await Task.sleep(for: interval) } catch { return }
                guard let self else { return }
                // What was begun is not cancelled: it would be lost.
                await Task { await self.flush() }.value
            }
        }
        self.state.withLock { state in
            state.exporter?.cancel()
            state.exporter = exporter
            state.client = client
        }
    }

    package func drain(within deadline: Duration) async {
        self.state.withLock { $0.exporter?.cancel() }
        await Task.detached { await self.flush() }.value(within: deadline)
    }

    /// Sends what waits.
    package func flush() async {
        await self.sending.withLock {
            let (client, batch) = self.state.withLock { state in
                (state.client, state.client == nil || state.isDisabled ? nil : state.store.take())
            }
            guard let client, let batch, !batch.isEmpty else { return }
            for (name, definition) in batch.declarations { await self.declare(name, definition, client) }
            await self.send(batch.samples, client)
            self.reportDrops()
        }
    }

    private func perform(_ call: MetricCalls.Call, _ client: RPCClient) async throws {
        _ = try await client.perform(call.method, codec: .json, arguments: call.arguments, timeout: nil, isOwn: true)
    }

    private func declare(_ name: String, _ definition: MetricStore.Definition, _ client: RPCClient) async {
        let call = MetricCalls.declare(name, definition)
        do {
            try await self.perform(call, client)
        } catch {
            self.failed(error)
            self.state.withLock { $0.store.forgetDeclaration(name) }
        }
    }

    private func send(_ samples: [MetricStore.Sample], _ client: RPCClient) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, sample) in samples.enumerated() {
                if index >= Self.concurrency { await group.next() }
                group.addTask { await self.send(sample, client) }
            }
        }
    }

    private func send(_ sample: MetricStore.Sample, _ client: RPCClient) async {
        let call = MetricCalls.record(sample)
        do {
            try await self.perform(call, client)
        } catch let error as RPCError where error.code == .unreachable {
            // It was not sent. Whether anything else was done, nobody knows.
            self.state.withLock { $0.store.takeBack(sample) }
        } catch let error as RPCError where error.text?.contains("undefined collector") == true {
            // RoadRunner was started again.
            self.state.withLock { state in
                state.store.forgetDeclaration(sample.series.name)
                state.store.takeBack(sample)
            }
        } catch {
            self.failed(error)
            self.state.withLock { $0.store.countDrop() }
        }
    }

    private func failed(_ error: any Error) {
        guard let error = error as? RPCError, error.code == .unknownMethod else {
            self.logger.debug("a metric was not taken: \(error)")
            return
        }
        let isFirst = self.state.withLock { state in
            defer { state.isDisabled = true }
            return !state.isDisabled
        }
        if isFirst { self.logger.notice("metrics are not sent: RoadRunner has no `metrics` section in its configuration") }
    }

    private func reportDrops() {
        let dropped = self.state.withLock { state in
            defer { state.reportedDrops = state.store.droppedCount }
            return state.store.droppedCount - state.reportedDrops
        }
        if dropped > 0 {
            self.logger.warning("\(dropped) recorded values were dropped: there were too many, or they were no numbers")
        }
    }
}

extension RoadRunnerMetrics.Kind {
    fileprivate var stored: MetricStore.Kind {
        switch self {
        case .counter: .counter
        case .gauge: .gauge
        case .histogram: .histogram
        }
    }
}

private typealias Record = @Sendable ((inout MetricStore, MetricStore.Series) -> Void) -> Void

private final class RecordingHandler: CounterHandler, FloatingPointCounterHandler {
    private let record: Record
    init(_ record: @escaping Record) { self.record = record }
    func increment(by amount: Int64) { self.record { $0.add(Double(amount), to: $1) } }
    func increment(by amount: Double) { self.record { $0.add(amount, to: $1) } }
    // RoadRunner's counters cannot be reset.
    func reset() {}
}

private final class GaugeHandler: MeterHandler, RecorderHandler {
    private let store: Record
    init(_ record: @escaping Record) { self.store = record }
    func set(_ value: Int64) { self.store { $0.set(Double(value), of: $1) } }
    func set(_ value: Double) { self.store { $0.set(value, of: $1) } }
    func increment(by amount: Double) { self.store { $0.step(amount, of: $1) } }
    func decrement(by amount: Double) { self.store { $0.step(-amount, of: $1) } }
    func record(_ value: Int64) { self.set(value) }
    func record(_ value: Double) { self.set(value) }
}

private final class HistogramHandler: RecorderHandler, TimerHandler {
    private let store: Record
    init(_ record: @escaping Record) { self.store = record }
    func record(_ value: Int64) { self.store { $0.observe(Double(value), of: $1) } }
    func record(_ value: Double) { self.store { $0.observe(value, of: $1) } }
    func recordNanoseconds(_ duration: Int64) { self.store { $0.observe(Double(duration) / 1_000_000_000, of: $1) } }
}
