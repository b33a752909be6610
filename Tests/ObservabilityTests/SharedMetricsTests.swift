import CoreMetrics
import Goridge
import Logging
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerObservability

/// Tests metrics of several workers with one RoadRunner, which may restart.
@Suite(.timeLimit(.minutes(1))) struct SharedMetricsTests {
    private func worker(
        _ server: TestRPCServer, _ lines: LogLines = LogLines(), outlivesRoadRunner: Bool = false
    ) throws -> RoadRunnerMetrics {
        let metrics = RoadRunnerMetrics.sentByTests(lines)
        metrics.attach(
            try RPCClient(address: server.address, logger: Logger(label: "test")), outlivesRoadRunner: outlivesRoadRunner)
        return metrics
    }

    private func methods(_ server: TestRPCServer) async -> [String] {
        await server.calls.map(\.method).filter { $0.hasPrefix("metrics.") }
    }

    @Test func gaugesAddUp() async throws {
        try await TestRPCServer.with { server in
            let (one, other) = (try self.worker(server), try self.worker(server))
            let meters = [one, other].map { Meter(label: "active", dimensions: [("a", "b")], factory: $0) }
            meters[0].increment(by: 3)
            meters[1].set(2)
            for metrics in [one, other] { await metrics.flush() }
            #expect(await server.metrics["active{a=\"b\"}"] == 5)
            meters[0].decrement(by: 2)
            for metrics in [one, other] { await metrics.flush() }
            #expect(await server.metrics["active{a=\"b\"}"] == 3)
            // A worker that ends withdraws its part.
            await other.flush(within: .seconds(5))
            #expect(await server.metrics["active{a=\"b\"}"] == 1)
            await one.flush(within: .seconds(5))
            #expect(await server.metrics["active{a=\"b\"}"] == 0)
        }
    }

    @Test func aSharedGaugeHasTheLastValue() async throws {
        try await TestRPCServer.with { server in
            let (one, other) = (try self.worker(server), try self.worker(server))
            for (metrics, value) in [(one, 5), (other, 7)] {
                metrics.declare("queue", as: .sharedGauge, help: "h")
                Gauge(label: "queue", factory: metrics).record(value)
                await metrics.flush()
            }
            #expect(await server.metrics["queue"] == 7)
            for metrics in [one, other] { await metrics.flush(within: .seconds(5)) }
            #expect(await server.metrics["queue"] == 7)
        }
    }

    /// RoadRunner assigns values to labels by their positions in the first declaration.
    @Test func labelsAreOneSeriesInAnyOrder() async throws {
        try await TestRPCServer.with { server in
            for dimensions in [[("status", "200"), ("route", "/")], [("route", "/"), ("status", "200")]] {
                let metrics = try self.worker(server)
                Counter(label: "x", dimensions: dimensions, factory: metrics).increment()
                await metrics.flush()
            }
            #expect(await server.metrics == ["x{route=\"/\",status=\"200\"}": 2])
        }
    }

    /// RoadRunner logs a warning for each declaration of a known metric.
    @Test func oneWorkerDeclaresForAll() async throws {
        try await TestRPCServer.with { server in
            let workers = try (0..<8).map { _ in try self.worker(server) }
            await withTaskGroup(of: Void.self) { group in
                for metrics in workers {
                    group.addTask {
                        for name in ["a", "b", "c"] { Counter(label: name, factory: metrics).increment() }
                        await metrics.flush()
                    }
                }
            }
            #expect(await self.methods(server).filter { $0 == "metrics.Declare" }.count == 3)
            #expect(await server.metrics == ["a": 8, "b": 8, "c": 8])
            let locks = await server.calls.filter { $0.method == "lock.Lock" }
            // One lock for each worker, and two for each metric.
            #expect(locks.count == 8 + 6)
            // RoadRunner releases all locks when it ends. It warns of a second release, but not of a forced one.
            #expect(await !server.calls.contains { $0.method == "lock.Release" })
        }
    }

    @Test func withoutLocksEachDeclares() async throws {
        try await TestRPCServer.with { server in
            await server.respond { $0.method.hasPrefix("lock.") ? .error("rpc: can't find service \($0.method)") : .answer }
            for _ in 0..<2 {
                let metrics = try self.worker(server, outlivesRoadRunner: true)
                Counter(label: "c", factory: metrics).increment()
                await metrics.flush()
                await metrics.flush()
            }
            #expect(await self.methods(server) == ["metrics.Declare", "metrics.Add", "metrics.Declare", "metrics.Add"])
            #expect(await server.metrics["c"] == 2)
        }
    }

    /// For example from an earlier release.
    @Test func otherLabelsThanAnotherWorkersAreRefused() async throws {
        try await TestRPCServer.with { server in
            let first = try self.worker(server)
            Counter(label: "x", dimensions: [("a", "1")], factory: first).increment()
            await first.flush()
            for (dimensions, isGauge) in [([("b", "1")], false), ([("a", "1"), ("b", "2")], false), ([("a", "1")], true)] {
                let lines = LogLines()
                let metrics = try self.worker(server, lines)
                for _ in 0..<3 {
                    if isGauge {
                        Meter(label: "x", dimensions: dimensions, factory: metrics).set(1)
                    } else {
                        Counter(label: "x", dimensions: dimensions, factory: metrics).increment()
                    }
                    await metrics.flush()
                }
                #expect(lines.all.count == 1)
                #expect(metrics.droppedCount == (isGauge ? 0 : 2))
            }
            #expect(await self.methods(server) == ["metrics.Declare", "metrics.Add"])
        }
    }

    /// One place of the program uses these labels, another one those.
    @Test func otherLabelsInOneWorkerAreLogged() async throws {
        try await TestRPCServer.with { server in
            let lines = LogLines()
            let metrics = try self.worker(server, lines)
            Counter(label: "x", dimensions: [("a", "1")], factory: metrics).increment()
            for _ in 0..<3 {
                Counter(label: "x", dimensions: [("b", "1")], factory: metrics).increment()
                CoreMetrics.Timer(label: "x", factory: metrics).recordNanoseconds(1)
                await metrics.flush()
            }
            #expect(lines.all.count == 2)
            #expect(lines.all.contains { $0.contains("labels of other names") })
            #expect(metrics.droppedCount == 6)
            #expect(await server.metrics == ["x{a=\"1\"}": 1])
        }
    }

    /// RoadRunner has metrics of its own, and those of its process.
    @Test func aRefusedMetricIsLoggedOnceAndAffectsNoOther() async throws {
        try await TestRPCServer.with { server in
            let lines = LogLines()
            let metrics = try self.worker(server, lines)
            let refused = CoreMetrics.Timer(label: "process_cpu_seconds_total", factory: metrics)
            let good = CoreMetrics.Timer(label: "good", factory: metrics)
            for _ in 0..<3 {
                for _ in 0..<5000 { refused.recordNanoseconds(1) }
                for _ in 0..<100 { good.recordNanoseconds(1) }
                await metrics.flush()
            }
            #expect(await server.metrics["good_count"] == 300)
            #expect(await self.methods(server).filter { $0 == "metrics.Declare" }.count == 2)
            #expect(await self.methods(server).filter { $0 == "metrics.Observe" }.count == 300)
            #expect(lines.all.filter { $0.contains("RoadRunner rejects them") }.count == 1)
            #expect(lines.all.count <= 2)
        }
    }

    /// As if another client had declared the name: RoadRunner accepts this declaration, and refuses all its values.
    @Test func refusedValuesAreLoggedOnce() async throws {
        try await TestRPCServer.with { server in
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            let foreign = ByteBuffer(string: #"{"name":"x","collector":{"type":"counter","help":"h"}}"#)
            _ = try await client.call("metrics.Declare", codec: .json, arguments: foreign)
            let lines = LogLines()
            let metrics = try self.worker(server, lines)
            let timer = CoreMetrics.Timer(label: "x", factory: metrics)
            for _ in 0..<5 {
                timer.recordNanoseconds(1)
                await metrics.flush()
            }
            #expect(await self.methods(server).filter { $0 == "metrics.Observe" }.count == 1)
            #expect(lines.all.count == 1)
            // The first value waited for one more batch.
            #expect(metrics.droppedCount == 5)
            #expect(await server.metrics.isEmpty)
            await client.close()
        }
    }

    @Test func allMetricsReturnWithRoadRunner() async throws {
        try await TestRPCServer.with { server in
            let metrics = try self.worker(server, outlivesRoadRunner: true)
            metrics.declare("said", as: .counter, help: "h")
            metrics.declare("shared", as: .sharedGauge, help: "h")
            let meter = Meter(label: "g", dimensions: [("a", "b")], factory: metrics)
            meter.set(5)
            Gauge(label: "shared", factory: metrics).record(3)
            Counter(label: "c", factory: metrics).increment()
            await metrics.flush()
            let before = await server.calls.count
            await server.stop()
            try await server.start()
            for _ in 0..<500 where await server.metrics["g{a=\"b\"}"] != 5 {
                await metrics.flush()
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(await server.metrics == ["g{a=\"b\"}": 5, "shared": 3])
            // No value is sent before its declaration: RoadRunner would log an error for each.
            let declared = await server.calls.dropFirst(before).map(\.method).filter { $0.hasPrefix("metrics.") }.prefix(4)
            #expect(declared.allSatisfy { $0 == "metrics.Declare" })
            // A later worker finds the declarations.
            let other = try self.worker(server)
            Meter(label: "g", dimensions: [("a", "b")], factory: other).set(1)
            await other.flush()
            #expect(await server.metrics["g{a=\"b\"}"] == 6)
        }
    }

    /// A lost connection does not mean that RoadRunner has lost its metrics.
    @Test(arguments: [false, true]) func aLostConnectionChangesNothing(_ outlivesRoadRunner: Bool) async throws {
        try await TestRPCServer.with { server in
            let metrics = RoadRunnerMetrics.sentByTests()
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            metrics.attach(client, outlivesRoadRunner: outlivesRoadRunner)
            let meter = Meter(label: "g", factory: metrics)
            meter.set(5)
            await metrics.flush()
            await server.disconnect()
            for _ in 0..<500 where client.lostConnections == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(client.lostConnections == 1)
            meter.set(6)
            await metrics.flush()
            #expect(await server.metrics["g"] == 6)
            #expect(await self.methods(server).filter { $0 == "metrics.Declare" }.count == 1)
        }
    }

    /// For example after `metrics.Unregister`.
    @Test func metricsThatRoadRunnerHasLostAreDeclaredAgain() async throws {
        try await TestRPCServer.with { server in
            let lines = LogLines()
            let metrics = try self.worker(server, lines)
            let counter = Counter(label: "c", factory: metrics)
            counter.increment()
            await metrics.flush()
            let isForgotten = Atomic(true)
            let error = TestRPCServer.Behavior.error("metrics_plugin_add: undefined collector c, try first Declare it")
            await server.respond { call in
                call.method == "metrics.Add" && isForgotten.exchange(false, ordering: .relaxed) ? error : .answer
            }
            counter.increment(by: 5)
            await metrics.flush()
            #expect(await server.metrics["c"] == 1)
            await metrics.flush()
            #expect(await server.metrics["c"] == 6)
            #expect(await self.methods(server).filter { $0 == "metrics.Declare" }.count == 2)
            // But not for ever.
            await server.respond { $0.method == "metrics.Add" ? error : .answer }
            counter.increment()
            for _ in 0..<10 { await metrics.flush() }
            #expect(await self.methods(server).filter { $0 == "metrics.Declare" }.count <= 5)
            #expect(lines.all.count == 1)
        }
    }

    /// The connection accepts only some calls at once.
    @Test func unsentMetricsAreKept() async throws {
        try await TestRPCServer.with { server in
            var settings = RPCSettings()
            settings.maximumCalls = 2
            let metrics = RoadRunnerMetrics.sentByTests()
            metrics.attach(
                RPCClient(
                    address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: Logger(label: "test"),
                    ownsLoop: true, settings: settings))
            for number in 0..<50 { Counter(label: "c", dimensions: [("n", "\(number)")], factory: metrics).increment() }
            for _ in 0..<500 where await server.metrics.count < 50 { await metrics.flush() }
            #expect(await server.metrics.count == 50)
            #expect(await server.metrics.values.allSatisfy { $0 == 1 })
            #expect(metrics.droppedCount == 0)
        }
    }

    /// After a call without a response the rest waits for the next batch, rather than failing too.
    @Test func aClosedConnectionEndsTheBatch() async throws {
        try await TestRPCServer.with { server in
            let metrics = try self.worker(server)
            for number in 0..<300 { Counter(label: "c", dimensions: [("n", "\(number)")], factory: metrics).increment() }
            await server.respond { $0.method == "metrics.Add" ? .close : .answer }
            await metrics.flush()
            #expect(await self.methods(server).filter { $0 == "metrics.Add" }.count < 150)
            await server.respond { _ in .answer }
            for _ in 0..<500 where await server.metrics.count + metrics.droppedCount < 300 { await metrics.flush() }
            #expect(await server.metrics.count + metrics.droppedCount == 300)
            #expect(metrics.droppedCount < 150)
        }
    }
}
