import CoreMetrics
import Goridge
import Logging
import NIOCore
import RoadRunnerTesting
import Synchronization
import Testing
import TestSupport

@testable import RoadRunnerObservability

@Suite struct MetricNameTests {
    @Test(arguments: [
        ("requests_total", "requests_total"), ("http.server-requests", "http_server_requests"), ("9lives", "_9lives"), ("", "_"),
        ("bad name!", "bad_name_"), ("a:b", "a:b"), ("žluť", "_lu_"),
        (String(repeating: "a", count: 500), String(repeating: "a", count: 200)),
    ])
    func metrics(_ text: String, _ name: String) { #expect(MetricName.metric(text) == name) }

    @Test(arguments: [
        ("a:b", "a_b"), ("__name__", "_name__"), ("le", "le_"), ("quantile", "quantile_"), ("", "_"), ("____", "_"),
    ])
    func labels(_ text: String, _ name: String) { #expect(MetricName.label(text) == name) }
}

@Suite struct MetricStoreTests {
    private func counter(_ labels: [String] = []) -> MetricStore.Definition {
        .init(kind: .counter, help: "h", labels: labels, buckets: nil)
    }

    @Test func countersAreSummedAndDeclaredOnce() throws {
        var store = MetricStore()
        store.define("c", self.counter(["a"]))
        let foundSeries = store.series("c", [("a", "x")])
        let series = try #require(foundSeries)
        store.add(1, to: series)
        store.add(2.5, to: series)
        let batch = store.take()
        #expect(batch.declarations.map(\.name) == ["c"])
        #expect(batch.samples == [.add(series, 3.5)])
        let seen1 = store.take()
        #expect(seen1.isEmpty)
        store.add(1, to: series)
        let seen2 = store.take()
        #expect(seen2.declarations.isEmpty)
        store.forgetDeclaration("c")
        store.takeBack(.add(series, 1))
        let again = store.take()
        #expect(again.declarations.count == 1)
        #expect(again.samples == [.add(series, 1)])
    }

    /// Each of these would end RoadRunner, or be refused by it.
    @Test func nothingThatIsNoNumberLeaves() throws {
        var store = MetricStore()
        store.define("c", self.counter())
        store.define("g", .init(kind: .gauge, help: "h", labels: [], buckets: nil))
        store.define("h", .init(kind: .histogram, help: "h", labels: [], buckets: [3, .nan, 1, 1, .infinity]))
        let foundC = store.series("c", [])
        let c = try #require(foundC)
        let foundG = store.series("g", [])
        let g = try #require(foundG)
        let foundH = store.series("h", [])
        let h = try #require(foundH)
        for value in [-1, -.infinity, .infinity, .nan, -0.000001] { store.add(value, to: c) }
        for value in [Double.nan, .infinity] {
            store.set(value, of: g)
            store.observe(value, of: h)
        }
        let seen3 = store.take()
        #expect(seen3.isEmpty)
        #expect(store.droppedCount == 9)
        #expect(store.definitions["h"]?.buckets == [1, 3])
        store.add(.greatestFiniteMagnitude, to: c)
        store.add(.greatestFiniteMagnitude, to: c)
        let seen4 = store.take()
        #expect(seen4.samples == [.add(c, .greatestFiniteMagnitude)])
    }

    @Test func labelsAreThoseOfTheDeclaration() throws {
        var store = MetricStore()
        store.define("c", self.counter(["a", "b"]))
        let seen5 = store.series("c", [("b", "2"), ("other", "x")])
        #expect(seen5?.labels == ["", "2"])
        let seen6 = store.series("c", [("a", String(repeating: "x", count: 500))])
        #expect(seen6?.labels[0].count == 200)
        let seen7 = store.series("unknown", [])
        #expect(seen7 == nil)
        // Another kind under the same name would be refused by RoadRunner.
        let seen8 = store.define("c", .init(kind: .gauge, help: "", labels: [], buckets: nil))
        #expect(!seen8)
    }

    @Test func nothingGrowsWithoutLimit() throws {
        var limits = MetricStore.Limits()
        limits.definitions = 2
        limits.series = 3
        limits.observations = 4
        var store = MetricStore(limits: limits)
        store.define("c", self.counter(["a"]))
        store.define("h", .init(kind: .histogram, help: "h", labels: [], buckets: nil))
        let seen9 = store.define("x", self.counter())
        #expect(!seen9)
        let foundH = store.series("h", [])
        let h = try #require(foundH)
        let seen10 = store.series("c", [("a", "1")])
        #expect(seen10 != nil)
        let seen11 = store.series("c", [("a", "2")])
        #expect(seen11 != nil)
        let seen12 = store.series("c", [("a", "3")])
        #expect(seen12 == nil)
        let seen13 = store.series("c", [("a", "1")])
        #expect(seen13 != nil)
        for value in 0..<10 { store.observe(Double(value), of: h) }
        let seen14 = store.take()
        #expect(seen14.samples.count == 4)
        #expect(store.droppedCount == 7)
    }
}

@Suite(.timeLimit(.minutes(1))) struct RoadRunnerMetricsTests {
    private func client(_ server: TestRPCServer) throws -> RPCClient {
        try RPCClient(address: server.address, logger: Logger(label: "test"))
    }

    private func metrics() -> RoadRunnerMetrics {
        var options = RoadRunnerMetrics.Options()
        // Sent by the tests.
        options.interval = .seconds(3600)
        return RoadRunnerMetrics(options: options)
    }

    /// What a recorded client has sent to a real RoadRunner, byte for byte.
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
            text(MetricCalls.record(.add(.init(name: "g_c1", labels: []), 1))),
            text(MetricCalls.record(.add(.init(name: "g_c1", labels: []), 2.5))),
            text(MetricCalls.record(.add(.init(name: "g_c2", labels: ["GET", "200"]), 3))),
            text(MetricCalls.record(.set(.init(name: "g_g2", labels: ["a"]), -7))),
            text(MetricCalls.record(.observe(.init(name: "g_h1", labels: []), 0.05))),
        ]
        for call in made { #expect(recorded.contains(call), "\(call)") }
    }

    @Test func whatIsRecordedAppearsAtRoadRunner() async throws {
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
            // Each was declared once.
            #expect(await server.calls.filter { $0.method == "metrics.Declare" }.count == 6)
            #expect(await !server.hasCrashed)
            #expect(metrics.droppedCount == 0)
        }
    }

    @Test func aRoadRunnerThatWasStartedAnewIsToldAgain() async throws {
        try await TestRPCServer.with { server in
            let metrics = self.metrics()
            metrics.attach(try self.client(server))
            let counter = Counter(label: "c", factory: metrics)
            counter.increment()
            await metrics.flush()
            await server.stop()
            // Meanwhile it is gathered.
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

    /// A logger that goes to RoadRunner, and metrics of calls, would have no end.
    @Test func sendingMetricsIsSeenByNobody() async throws {
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
            #expect(await server.calls.map(\.method) == ["metrics.Declare", "metrics.Add"])
            #expect(observer.calls.withLock { $0 } == 0)
            #expect(lines.withLock { $0.isEmpty })
        }
    }

    private enum Caller { @TaskLocal static var name: String? }

    /// They are sent for all requests, and not for the one in which sending began.
    @Test func metricsAreSentForNobody() async throws {
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
            await Caller.$name.withValue("ann") { await metrics.drain(within: .seconds(5)) }
        }
    }

    @Test func withoutThePluginItIsSilent() async throws {
        try await TestRPCServer.with { server in
            await server.respond { $0.method.hasPrefix("metrics.") ? .error("rpc: can't find service \($0.method)") : .answer }
            let metrics = self.metrics()
            metrics.attach(try self.client(server))
            let counter = Counter(label: "c", factory: metrics)
            for _ in 0..<5 {
                counter.increment()
                await metrics.flush()
            }
            // It was asked once, and then no more.
            #expect(await server.calls.filter { $0.method.hasPrefix("metrics.") }.count <= 2)
        }
    }

    @Test func withoutRoadRunnerItIsSilent() async {
        let metrics = self.metrics()
        Counter(label: "c", factory: metrics).increment()
        await metrics.flush()
        await metrics.drain(within: .seconds(1))
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
            await metrics.drain(within: .seconds(5))
            #expect(await server.metrics["c"] == 8000)
        }
    }
}
