import Centrifugo
import Hummingbird
import InMemoryTracing
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing
import Tracing

@testable import HTTPWorker

/// The tracer of this process, which can be bootstrapped only once.
private let tracer: InMemoryTracer = {
    let tracer = InMemoryTracer()
    InstrumentationSystem.bootstrap(tracer)
    return tracer
}()

@Suite(.timeLimit(.minutes(1)), .serialized) struct TracingTests {
    private func spans(named name: String) -> [FinishedInMemorySpan] {
        tracer.finishedSpans.filter { $0.operationName == name }
    }

    private func router(_ name: String) -> Router<BasicRoadRunnerRequestContext> {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.get("\(name)/:id") { _, _ in "ok" }
        router.get("\(name)-throw") { _, _ -> String in throw Broken() }
        return router
    }

    @Test func requestsHaveAServerSpanWithTheirRoute() async throws {
        _ = tracer
        try await TestWorker.with(HTTP(self.router("traced"))) { worker async throws in
            #expect(try await worker.send(.get("/traced/7?secret=1")).text == "ok")
            #expect(try await worker.send(.get("/traced-throw")).status == 500)
        }
        let spans = self.spans(named: "GET /traced/{id}")
        #expect(spans.count == 1)
        let span = try #require(spans.first)
        #expect(span.kind == .server)
        #expect(span.attributes.get("http.response.status_code") == .int64(200))
        #expect(span.attributes.get("url.path") == .string("/traced/7"))
        #expect(span.attributes.get("http.route") == .string("/traced/{id}"))
        let failed = try #require(self.spans(named: "GET /traced-throw").first)
        #expect(failed.status?.code == .error)
        #expect(failed.errors.count == 1)
    }

    @Test func hummingbirdsMiddlewareCreatesSpansWithoutThePackagesOwn() async throws {
        _ = tracer
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(middleware: TracingMiddleware())
        router.get("middle") { _, _ in "ok" }
        try await TestWorker.with(HTTP(router), environment: ["TRACING": "off"]) { worker async throws in
            #expect(try await worker.send(.get("/middle")).text == "ok")
            #expect(try await worker.send(.get("/nope-middle")).status == 404)
        }
        let spans = tracer.finishedSpans.filter { $0.attributes.get("url.path") == .string("/middle") }
        #expect(spans.count == 1)
    }

    @Test func theyCanBeSwitchedOff() async throws {
        _ = tracer
        try await TestWorker.with(HTTP(self.router("untraced")), environment: ["TRACING": "off"]) { worker async throws in
            #expect(try await worker.send(.get("/untraced/7")).text == "ok")
        }
        #expect(self.spans(named: "GET /untraced/{id}").isEmpty)
    }

    @Test func theContextOfTheCallerIsContinued() async throws {
        _ = tracer
        try await TestWorker.with(HTTP(self.router("child"))) { worker async throws in
            let headers = [("In-Memory-Trace-Id", "trace-of-caller"), ("In-Memory-Span-Id", "span-of-caller")]
            #expect(try await worker.send(.get("/child/1", headers: headers)).text == "ok")
            var request = TestRequest.get("/child/2")
            request.attributes = ["In-Memory-Trace-Id": ["trace-of-rr"], "in-memory-span-id": ["span-of-rr"]]
            #expect(try await worker.send(request).text == "ok")
        }
        let traces = self.spans(named: "GET /child/{id}").map(\.spanContext.traceID)
        print("theContextOfTheCallerIsContinued: \(traces)")
        #expect(Set(traces) == ["trace-of-caller", "trace-of-rr"])
    }

    @Test func eventsOfCentrifugoHaveASpanEach() async throws {
        _ = tracer
        let events = CentrifugoEvents {
            OnPublish("traced:ok") { _ in .accept() }
            OnPublish("traced:bad") { _ in throw Broken() }
        }
        let caller = ["in-memory-trace-id": ["trace-of-client"], "in-memory-span-id": ["span-of-client"]]
        try await TestWorker.with(events, mode: .centrifuge) { worker async throws in
            for channel in ["traced:ok", "traced:bad"] {
                var event = TestEvent.publish("{}", to: channel, user: "ann")
                event.metadata = caller
                _ = try await worker.send(event)
            }
        }
        let spans = self.spans(named: "centrifugo publish").filter {
            $0.attributes.get("messaging.destination.name") == .string("traced:ok")
                || $0.attributes.get("messaging.destination.name") == .string("traced:bad")
        }
        #expect(spans.map(\.spanContext.traceID) == ["trace-of-client", "trace-of-client"])
        #expect(spans.map { $0.status?.code == .error } == [false, true])
        #expect(spans.allSatisfy { $0.kind == .server })
    }
}
