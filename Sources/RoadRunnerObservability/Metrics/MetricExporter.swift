import Goridge
import Logging
import RoadRunnerRuntime
import Synchronization

/// Sends the collected values of a store to RoadRunner.
final class MetricExporter: Sendable {
    /// The number of concurrent calls, each by a task that makes many of them.
    private static let concurrency = 64

    private struct State {
        var registrar: MetricRegistrar?
        /// Whether this process outlives RoadRunner, and must send everything once more after a restart.
        var outlivesRoadRunner = false
        /// The number of lost connections when RoadRunner was last recognized.
        var losses: Int?
        /// Whether RoadRunner has no `metrics` plugin.
        var isDisabled = false
        var hasSaidDisabled = false
        /// Whether gauges are being taken back.
        var isShuttingDown = false
    }

    let drops: MetricDrops
    let store: Mutex<MetricStore>
    private let state = Mutex(State())
    private let sending = AsyncLock()
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
        self.drops = MetricDrops()
        self.store = Mutex(MetricStore(drops: self.drops))
    }

    /// - Parameter outlivesRoadRunner: whether this process continues after RoadRunner has ended.
    func use(_ client: RPCClient, outlivesRoadRunner: Bool) {
        self.state.withLock { state in
            state.registrar = MetricRegistrar(client)
            state.outlivesRoadRunner = outlivesRoadRunner
            state.losses = nil
        }
    }

    /// Sends all values that wait.
    func flush() async {
        await self.sending.withLock {
            guard let registrar = self.state.withLock({ $0.registrar }), !self.store.withLock({ $0.isUnused }),
                await self.recognizes(registrar), !self.state.withLock({ $0.isDisabled })
            else { return }
            let isShuttingDown = self.state.withLock { $0.isShuttingDown }
            let batch = self.store.withLock { $0.take(isShuttingDown: isShuttingDown) }
            if !batch.declarations.isEmpty { await self.declare(batch.declarations, registrar) }
            await self.send(batch.samples, registrar.client)
            self.drops.report(to: self.logger)
        }
    }

    /// Sends all values that wait, and takes this process's part of gauges back.
    func end() async {
        self.state.withLock { $0.isShuttingDown = true }
        await self.flush()
        self.drops.reportTotals(to: self.logger)
    }

    /// Checks after a lost connection whether it is the same RoadRunner: another one has none of the metrics.
    ///
    /// - Returns: false when that is unknown, so nothing can be sent now.
    private func recognizes(_ registrar: MetricRegistrar) async -> Bool {
        let losses = registrar.client.lostConnections
        let (known, outlives) = self.state.withLock { ($0.losses, $0.outlivesRoadRunner) }
        guard known != losses else { return true }
        if outlives {
            // RoadRunner has the old numbers of gauges only if it is the same.
            guard let isSame = try? await registrar.recognize() else { return false }
            if !isSame { self.store.withLock { $0.forgetGauges() } }
        }
        self.store.withLock { $0.forgetDeclarations() }
        self.state.withLock { state in
            state.losses = losses
            state.isDisabled = false
        }
        return true
    }

    private func declare(_ requests: [MetricDeclarationRequest], _ registrar: MetricRegistrar) async {
        for (name, outcome) in await registrar.declare(requests) {
            switch outcome {
            case .declared: self.store.withLock { $0.declared(name) }
            case .refused(let text): self.store.withLock { $0.refused(name, text) }
            case .postponed: break
            case .noPlugin: self.disable()
            }
        }
    }

    private func disable() {
        let isFirst = self.state.withLock { state in
            defer { (state.isDisabled, state.hasSaidDisabled) = (true, true) }
            return !state.hasSaidDisabled
        }
        if isFirst { self.logger.notice("not sending metrics: RoadRunner has no `metrics` section in its configuration") }
    }

    private func send(_ samples: [MetricSample], _ client: RPCClient) async {
        // Once a call was not answered, the others do not wait for theirs.
        let isInterrupted = AtomicFlag()
        let senders = min(Self.concurrency, samples.count)
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<senders {
                group.addTask {
                    for index in stride(from: sender, to: samples.count, by: senders) {
                        await self.send(samples[index], client, isInterrupted)
                    }
                }
            }
        }
    }

    private func send(_ sample: MetricSample, _ client: RPCClient, _ isInterrupted: AtomicFlag) async {
        let name = sample.series.name
        guard !isInterrupted.isSet, self.store.withLock({ $0.isDeclared(name) }) else { return self.keep(sample) }
        let call = MetricCalls.record(sample.change, of: sample.series)
        do {
            _ = try await client.perform(call.method, codec: .json, arguments: call.arguments, timeout: nil, isOwn: true)
            self.took(sample)
            self.store.withLock { $0.confirmed(name) }
        } catch {
            let failure = MetricFailure(error)
            if failure.isGeneral { isInterrupted.set() }
            switch failure {
            case .unsent: self.keep(sample)
            case .unanswered:
                // Treat it as sent, since counting a value twice is worse.
                self.took(sample)
                self.drops.count(.unanswered)
            case .noPlugin:
                self.keep(sample)
                self.disable()
            case .undeclared:
                self.store.withLock { $0.lost(name) }
                self.keep(sample)
            case .refused(let text):
                self.store.withLock { $0.refused(name, text) }
                self.keep(sample)
            }
        }
    }

    private func took(_ sample: MetricSample) { if case .gauge(let gauge) = sample.cell { gauge.took(sample.change) } }

    private func keep(_ sample: MetricSample) { self.store.withLock { $0.takeBack(sample) } }
}
