public import CoreMetrics
package import Goridge
public import Logging
public import RoadRunnerRuntime
import Synchronization

/// A backend for swift-metrics: recorded values appear on the Prometheus page of RoadRunner's `metrics` plugin.
///
/// ```swift
/// import Metrics
///
/// static func bootstrap(_ options: RuntimeOptions) async throws {
///     MetricsSystem.bootstrap(RoadRunnerMetrics())
/// }
/// ```
///
/// Counters are counters, timers and recorders histograms (timers in seconds), meters and recorders that do not aggregate gauges.
/// Metrics are declared on first use, with the labels that they have then; ``declare(_:as:help:labels:buckets:)`` gives them a
/// help text and buckets beforehand. Values are collected and sent once a second, off the request path. They are dropped when
/// RoadRunner does not run, or has no `metrics` plugin.
///
/// RoadRunner has one number for all workers. **Gauges of several workers add up**: each worker sends the changes of its own
/// gauges, and takes its part back when it ends; a worker that is killed leaves its part until RoadRunner is restarted. A gauge
/// of something that all workers see alike is declared as ``Kind/sharedGauge``. **The labels of a metric** must be the same
/// wherever it is recorded, in any order, and cannot change until RoadRunner is restarted.
///
/// Source: RoadRunner's documentation, "Metrics"; its RPC methods `metrics.Declare`, `Add`, `Sub`, `Set` and `Observe`.
public final class RoadRunnerMetrics: MetricsFactory, TelemetryExporter {
    /// The kind of a metric.
    public enum Kind: Sendable, Hashable {
        /// A value that only grows.
        case counter
        /// A value that goes up and down, and adds up over workers: requests in flight, connections, memory.
        case gauge
        /// A value that all workers share: the last one that any of them has recorded counts. Examples are the time of the last
        /// success, or the length of an external queue.
        case sharedGauge
        /// A distribution of values.
        case histogram
    }

    /// How metrics are sent.
    public struct Options: Sendable {
        /// The time between two batches.
        public var interval: Duration = .seconds(1)
        /// The buckets of histograms that were not declared: Prometheus's own, in seconds.
        public var buckets: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

        /// Creates options with their default values.
        public init() {}
    }

    private let options: Options
    private let logger: Logger
    private let exporter: MetricExporter
    private let timer = Mutex<Task<Void, Never>?>(nil)

    /// Creates a backend. The process's runtime finds it by itself, since it may be one of several backends of the system.
    ///
    /// - Parameters:
    ///   - logger: logs each reason why values cannot be sent, once.
    public init(options: Options = Options(), logger: Logger = Logger(label: "roadrunner.metrics")) {
        self.options = options
        self.logger = logger
        self.exporter = MetricExporter(logger: logger)
        TelemetryExporters.register(self)
    }

    /// Declares a metric before its first use.
    ///
    /// - Parameters:
    ///   - name: the name of the metric. Characters that Prometheus does not accept become underscores.
    ///   - labels: the names of its labels. Labels that a value lacks are empty, others are left out.
    ///   - buckets: the buckets of a histogram, in ascending order.
    public func declare(
        _ name: String, as kind: Kind, help: String, labels: [String] = [], buckets: [Double]? = nil
    ) {
        let definition = MetricDefinition(
            kind: kind.stored, help: help, labels: labels.map(MetricName.label),
            buckets: kind == .histogram ? buckets ?? self.options.buckets : nil, isShared: kind == .sharedGauge, isExplicit: true)
        let name = MetricName.metric(name)
        guard !self.exporter.store.withLock({ $0.define(name, definition) }) else { return }
        self.logger.warning(
            "ignoring the declaration of a metric: it was declared or used before, or there are too many",
            metadata: ["metric": "\(name)"])
    }

    /// The number of recorded values that will never be sent. The log gives each reason once.
    public var droppedCount: Int { self.exporter.drops.total }

    // MARK: Recording

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.counter(label, dimensions)
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        self.counter(label, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { self.gauge(label, dimensions) }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { self.histogram(label, dimensions) } else { self.gauge(label, dimensions) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.histogram(label, dimensions)
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> any CounterHandler & FloatingPointCounterHandler {
        let place = self.place(label, dimensions, .counter)
        guard case .cell(.counter(let cell)) = place else { return self.discarding(place) }
        return cell
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> any MeterHandler & RecorderHandler {
        let place = self.place(label, dimensions, .gauge)
        guard case .cell(.gauge(let cell)) = place else { return self.discarding(place) }
        return cell
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> any RecorderHandler & TimerHandler {
        let place = self.place(label, dimensions, .histogram)
        guard case .cell(.histogram(let cell)) = place else { return self.discarding(place) }
        return cell
    }

    private func place(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricDefinition.Kind
    ) -> MetricStore.Place {
        let buckets = kind == .histogram ? self.options.buckets : nil
        return self.exporter.store.withLock { $0.place(label, dimensions, kind, buckets: buckets) }
    }

    private func discarding(_ place: MetricStore.Place) -> DiscardingHandler {
        guard case .none(let reason, let name) = place else {
            return DiscardingHandler(.otherKind, "", self.exporter.drops)
        }
        return DiscardingHandler(reason, name, self.exporter.drops)
    }

    // RoadRunner keeps the values that it has received.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: Sending

    package func attach(_ process: ProcessContext) {
        guard process.hasRoadRunner, let client = try? process.client() else { return }
        self.attach(client, outlivesRoadRunner: !process.isPoolWorker)
    }

    package func attach(_ client: RPCClient, outlivesRoadRunner: Bool = false) {
        self.exporter.use(client, outlivesRoadRunner: outlivesRoadRunner)
        let interval = max(.milliseconds(10), self.options.interval.clamped())
        let exporter = self.exporter
        let executor = client.executor
        // The task sends the values of all requests, and is part of none. It runs where the calls are written and answered, so no
        // thread has to be woken.
        let timer = Task.detached(executorPreference: executor) {
            while !Task.isCancelled {
                do { try await Task.sleep(for: interval) } catch { return }
                // A call that has begun is not cancelled: its values would be lost.
                await Task(executorPreference: executor) { await exporter.flush() }.value
            }
        }
        self.timer.withLock { old in
            old?.cancel()
            old = timer
        }
    }

    package func flush(within deadline: Duration) async {
        self.timer.withLock { $0?.cancel() }
        let exporter = self.exporter
        await Task.detached { await exporter.end() }.value(within: deadline)
    }

    package func describe(_ description: inout KernelDescription) {
        let definitions = self.exporter.store.withLock { $0.definitions }.sorted { $0.key < $1.key }
        description.metrics += definitions.map { name, definition in
            KernelDescription.Metric(name: name, kind: definition.kind.rawValue, labels: definition.labels)
        }
    }

    /// Sends all values that wait.
    package func flush() async { await self.exporter.flush() }
}

extension RoadRunnerMetrics.Kind {
    fileprivate var stored: MetricDefinition.Kind {
        switch self {
        case .counter: .counter
        case .gauge, .sharedGauge: .gauge
        case .histogram: .histogram
        }
    }
}
