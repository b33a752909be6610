import CoreMetrics
import Goridge
import Logging
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerObservability

@Suite(.timeLimit(.minutes(1))) struct RoadRunnerMetricsTests {
    private func client(_ server: TestRPCServer) throws -> RPCClient {
        try RPCClient(address: server.address, logger: Logger(label: "test"))
    }

    private func metrics(_ lines: LogLines = LogLines()) -> RoadRunnerMetrics { .sentByTests(lines) }

    /// Compares the calls with those that a recorded client sent to a real RoadRunner, byte for byte.
    @Test func callsAreTheRecordedBytes() throws {
        let recording = try #require(try RPCRecording.all("rpc").first { $0.name == "metrics_basic" })
        let recorded = Set(
            recording.frames.filter(\.isCall).compactMap(\.bytes).compactMap { bytes -> String? in
                var decoder = FrameDecoder()
                decoder.feed(ByteBuffer(bytes: bytes))
                return (try? decoder.next()).flatMap { $0 }.map { String(buffer: $0.payload) }
            })
        func text(_ call: MetricCalls.Call) -> String { call.method.name + String(buffer: call.arguments) }
        let made = [
            text(MetricCalls.declare("g_c1", .init(kind: .counter, help: "a counter", labels: [], buckets: nil))),
            text(MetricCalls.declare("g_g2", .init(kind: .gauge, help: "labelled gauge", labels: ["x"], buckets: nil))),
            text(MetricCalls.declare("g_h1", .init(kind: .histogram, help: "hist", labels: [], buckets: [0.1, 1, 10]))),
            text(MetricCalls.declare("g_h2", .init(kind: .histogram, help: "hist labelled", labels: ["path"], buckets: [1, 5]))),
            text(MetricCalls.record(.add(1), of: .init(name: "g_c1", labels: []))),
            text(MetricCalls.record(.add(2.5), of: .init(name: "g_c1", labels: []))),
            text(MetricCalls.record(.add(3), of: .init(name: "g_c2", labels: ["GET", "200"]))),
            text(MetricCalls.record(.set(-7), of: .init(name: "g_g2", labels: ["a"]))),
            text(MetricCalls.record(.observe(0.05), of: .init(name: "g_h1", labels: []))),
        ]
        for call in made { #expect(recorded.contains(call), "\(call)") }
    }

    @Test func recordedMetricsAppearAtRoadRunner() async throws {
        try await TestRPCServer.with { server in
            let metrics = self.metrics()
            metrics.attach(try self.client(server))
            metrics.declare("jobs", as: .counter, help: "Jobs \"done\"\n", labels: ["queue"])
            Counter(label: "jobs", dimensions: [("queue", "a\"b")], factory: metrics).increment(by: 3)
            FloatingPointCounter(label: "sum", factory: metrics).increment(by: 1.5)
            let meter = Meter(label: "depth", factory: metrics)
            meter.set(10)
            meter.increment(by: 2)
            meter.decrement(by: 5)
            Gauge(label: "gauge", factory: metrics).record(7)
            let timer = CoreMetrics.Timer(label: "time", factory: metrics)
            timer.recordNanoseconds(1_500_000_000)
            timer.recordNanoseconds(500_000_000)
            Recorder(label: "sizes", dimensions: [("k", "v")], factory: metrics).record(3)
            await metrics.flush()
            Counter(label: "jobs", dimensions: [("queue", "a\"b")], factory: metrics).increment()
            await metrics.flush()
            let seen = await server.metrics
            #expect(seen["jobs{queue=\"a\"b\"}"] == 4)
            #expect(seen["sum"] == 1.5)
            #expect(seen["depth"] == 7)
            #expect(seen["gauge"] == 7)
            #expect(seen["time_count"] == 2)
            #expect(seen["time_sum"] == 2)
            #expect(seen["sizes_count{k=\"v\"}"] == 1)
            // Each metric is declared once.
            #expect(await server.calls.filter { $0.method == "metrics.Declare" }.count == 6)
            #expect(await !server.hasCrashed)
            #expect(metrics.droppedCount == 0)
        }
    }

    @Test func metricsAreSentAgainAfterARestart() async throws {
        try await TestRPCServer.with { server in
            let metrics = self.metrics()
            metrics.attach(try self.client(server))
            let counter = Counter(label: "c", factory: metrics)
            counter.increment()
            await metrics.flush()
            await server.stop()
            // Meanwhile the metrics are collected.
            counter.increment(by: 5)
            await metrics.flush()
            await metrics.flush()
            try await server.start()
            for _ in 0..<500 where await server.metrics["c"] != 5 {
                await metrics.flush()
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(await server.metrics["c"] == 5)
        }
    }

    /// A logger that sends to RoadRunner, and metrics of calls, would never end.
    @Test func sendingMetricsIsNotObserved() async throws {
        final class Observer: RPCObserver {
            let calls = Mutex(0)
            func called(_ method: RPCMethod, took duration: Duration, error: (any Error)?) { self.calls.withLock { $0 += 1 } }
        }
        try await TestRPCServer.with { server in
            let observer = Observer()
            let lines = Mutex<[String]>([])
            var logger = Logger(label: "test") { _ in ClosureLogHandler { line in lines.withLock { $0.append(line) } } }
            logger.logLevel = .trace
            let metrics = self.metrics()
            metrics.attach(
                RPCClient(
                    address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: logger, ownsLoop: true,
                    observer: observer))
            Counter(label: "c", factory: metrics).increment()
            await metrics.flush()
            #expect(await server.calls.map(\.method).filter { $0.hasPrefix("metrics.") } == ["metrics.Declare", "metrics.Add"])
            #expect(await server.calls.contains { $0.method == "lock.Lock" })
            #expect(observer.calls.withLock { $0 } == 0)
            #expect(lines.withLock { $0.isEmpty })
        }
    }

    private enum Caller { @TaskLocal static var name: String? }

    /// Metrics are sent for all requests, rather than for the one in which sending began.
    @Test func metricsAreSentOutsideOfRequests() async throws {
        try await TestRPCServer.with { server in
            await server.respond { _ in .error("no") }
            let (senders, sent) = AsyncStream.makeStream(of: String.self)
            var logger = Logger(label: "test") { _ in ClosureLogHandler { _ in sent.yield(Caller.name ?? "nobody") } }
            logger.logLevel = .debug
            var options = RoadRunnerMetrics.Options()
            options.interval = .zero
            let metrics = RoadRunnerMetrics(options: options, logger: logger)
            let client = try self.client(server)
            Caller.$name.withValue("ann") { metrics.attach(client) }
            Counter(label: "c", factory: metrics).increment()
            for await sender in senders {
                #expect(sender == "nobody")
                break
            }
            await Caller.$name.withValue("ann") { await metrics.flush(within: .seconds(5)) }
        }
    }

    @Test func withoutThePluginThereIsOneNotice() async throws {
        try await TestRPCServer.with { server in
            await server.respond { $0.method.hasPrefix("metrics.") ? .error("rpc: can't find service \($0.method)") : .answer }
            let lines = LogLines()
            let metrics = self.metrics(lines)
            metrics.attach(try self.client(server))
            let counter = Counter(label: "c", factory: metrics)
            let timer = CoreMetrics.Timer(label: "t", factory: metrics)
            for _ in 0..<5 {
                counter.increment()
                timer.recordNanoseconds(1)
                await metrics.flush()
            }
            await metrics.flush(within: .seconds(5))
            // The client tried once, and then never again.
            #expect(await server.calls.filter { $0.method.hasPrefix("metrics.") }.count == 1)
            #expect(lines.all == ["notice not sending metrics: RoadRunner has no `metrics` section in its configuration"])
        }
    }

    @Test func withoutRoadRunnerItIsSilent() async {
        let metrics = self.metrics()
        Counter(label: "c", factory: metrics).increment()
        await metrics.flush()
        await metrics.flush(within: .seconds(1))
    }

    @Test func manyThreadsLoseNothing() async throws {
        try await TestRPCServer.with { server in
            let metrics = self.metrics()
            metrics.attach(try self.client(server))
            let counter = Counter(label: "c", factory: metrics)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<1000 { counter.increment() }
                        await metrics.flush()
                    }
                }
            }
            await metrics.flush(within: .seconds(5))
            #expect(await server.metrics["c"] == 8000)
        }
    }
}
