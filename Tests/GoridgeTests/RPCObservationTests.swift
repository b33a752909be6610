import Goridge
import InMemoryTracing
import Logging
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing
import Tracing

/// Tests spans, log lines and observers of calls.
@Suite(.timeLimit(.minutes(1))) struct RPCObservationTests {
    @Test func everyCallIsASpanAndALine() async throws {
        try await TestRPCServer.with { server in
            let tracer = InMemoryTracer()
            let lines = LogLines()
            let client = RPCClient(
                address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: lines.logger(.debug), ownsLoop: true,
                tracer: tracer)
            let _: String = try await client.call("rpc.Version", json: true)
            await server.respond { _ in .error("topsecret went wrong") }
            await #expect(throws: RPCError.self) { let _: String = try await client.call("rpc.Version", json: true) }
            await client.close()
            let spans = tracer.finishedSpans
            #expect(spans.map(\.operationName) == ["rpc.Version", "rpc.Version"])
            #expect(spans.allSatisfy { $0.kind == .client })
            #expect(spans[0].attributes["rpc.service"]?.toSpanAttribute() == "rpc")
            #expect(spans[0].attributes["rpc.method"]?.toSpanAttribute() == "Version")
            #expect(spans[0].errors.isEmpty && spans[1].errors.count == 1)
            #expect(spans[1].status?.code == .error)
            #expect(lines.all.count == 2)
            #expect(lines.all[0].contains("rr.rpc.method=rpc.Version"))
        }
    }

    /// Otherwise the calls that send log lines and metrics would cause further ones.
    @Test func callsOfSinksAreNotObserved() async throws {
        final class Observer: RPCObserver {
            let methods = Mutex<[String]>([])
            func called(_ method: RPCMethod, took duration: Duration, error: (any Error)?) {
                self.methods.withLock { $0.append(method.name) }
            }
        }
        try await TestRPCServer.with { server in
            let (tracer, lines, observer) = (InMemoryTracer(), LogLines(), Observer())
            let client = RPCClient(
                address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: lines.logger, ownsLoop: true,
                tracer: tracer,
                observer: observer)
            let arguments = ByteBuffer(string: "true")
            for method in ["rpc.Version", "metrics.Nothing"] {
                _ = try? await client.perform(
                    RPCMethod(method), codec: .json, arguments: arguments, timeout: nil, isOwn: true)
            }
            // Likewise calls of a task that sets `areCallsOwn`.
            await RPCClient.$areCallsOwn.withValue(true) {
                _ = try? await client.call("metrics.Nothing", codec: .json, arguments: arguments)
            }
            #expect(await server.calls.count == 3)
            #expect(tracer.finishedSpans.isEmpty && lines.all.isEmpty && observer.methods.withLock { $0.isEmpty })
            // The method's name does not matter.
            _ = try? await client.call("metrics.Nothing", codec: .json, arguments: arguments)
            #expect(tracer.finishedSpans.count == 1 && !lines.all.isEmpty)
            #expect(observer.methods.withLock { $0 } == ["metrics.Nothing"])
            await client.close()
        }
    }
}
