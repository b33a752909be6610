import Goridge
import HTTPTypes
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ErrorResponseTests {
    @Test func errorsWithAResponseProduceIt() async throws {
        try await withHandler { _, _ in
            throw HTTPError(.unprocessableContent, message: "name is missing")
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 422)
            #expect(response.text.contains("name is missing"))
        }
    }

    @Test func otherErrorsAre500WithoutDetailsInProduction() async throws {
        try await withHandler { _, _ in
            throw Broken()
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 500)
            #expect(!response.text.contains("broken"))
            #expect(!response.text.contains("secret"))
        }
    }

    @Test func otherErrorsAreAnEscapedPageInDebug() async throws {
        try await withHandler(environment: ["APP_DEBUG": "1"]) { _, _ in
            throw Broken()
        } _: { worker async throws in
            let response = try await worker.send(.get("/x%3Cscript%3E"))
            #expect(response.status == 500)
            #expect(response.head["Content-Type"] == ["text/html; charset=utf-8"])
            #expect(response.text.contains("TestSupport.Broken"))
            #expect(response.text.contains("&lt;broken&gt; &amp; secret"))
            #expect(!response.text.contains("<script>"))
        }
    }

    @Test(arguments: [100, 101, 103]) func informationalStatusAsAResponseIs500(_ status: Int) async throws {
        try await withHandler { request, _ in
            request.uri.path == "/ok" ? Response(status: .ok, body: .text("ok")) : Response(status: .init(code: status))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 500)
            try await expectStillInStep(worker)
        }
    }

    @Test func undecodableContextIs400() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: .text("ok"))
        } _: { worker async throws in
            try await worker.send(payload: ByteBuffer(bytes: [0xFF, 0xFF, 0xFF]), body: ByteBuffer())
            #expect(try await worker.finishResponse().status == 400)
            try await expectStillInStep(worker)
        }
    }

    @Test func twoOptionsInsteadOfOneAre400() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: .text("ok"))
        } _: { worker async throws in
            try await worker.send(Frame(flags: .proto, options: [1, 2], payload: ByteBuffer(string: "xxx")))
            #expect(try await worker.finishResponse().status == 400)
            try await expectStillInStep(worker)
        }
    }

    @Test func optionBeyondThePayloadIs400() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: .text("ok"))
        } _: { worker async throws in
            try await worker.send(Frame(flags: .proto, options: [.max], payload: ByteBuffer(string: "xxx")))
            #expect(try await worker.finishResponse().status == 400)
            try await expectStillInStep(worker)
        }
    }

    @Test func unknownStreamBitsAreIgnored() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: .text("ok"))
        } _: { worker async throws in
            let context = TestRequest.get("/ok").encodedContext()
            try await worker.send(
                Frame(flags: .proto, stream: .init(rawValue: 0xF1), options: [UInt32(context.readableBytes)], payload: context))
            #expect(try await worker.finishResponse().text == "ok")
            // The worker ignores a pong, and a STOP without a response in flight.
            try await worker.send(Frame(stream: .pong))
            try await worker.send(Frame(stream: .stop))
            try await worker.send(Frame(stream: [.stop, .init(rawValue: 0x80)]))
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            try await expectStillInStep(worker)
        }
    }

    @Test func unknownCommandIsIgnored() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: .text("ok"))
        } _: { worker async throws in
            try await worker.send(Frame(flags: [.control, .json], payload: ByteBuffer(string: #"{"dance":true}"#)))
            try await worker.send(Frame(flags: [.control, .json], payload: ByteBuffer(string: "not json")))
            try await expectStillInStep(worker)
            // Between requests, the worker answers another pid command.
            try await worker.handshake()
        }
    }

    @Test func missingHandshakeLosesNoRequest() async throws {
        let responder = CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in Response(status: .ok, body: .text("ok")) }
        try await TestWorker.with(HTTP(responder), performsHandshake: false) { worker async throws in
            try await expectStillInStep(worker)
            try await worker.handshake()
        }
    }

    @Test func secondRequestBeforeTheResponseEndsTheWorker() async throws {
        try await withHandler { _, _ in
            try await Task.sleep(for: .seconds(60))
            return Response(status: .ok)
        } _: { worker async throws in
            try await worker.begin(.get("/"))
            try await worker.begin(.get("/"))
            #expect(try await worker.waitForExit() == .exited(1))
        }
    }

    @Test func emptyPayloadEndsTheWorker() async throws {
        try await withHandler { _, _ in
            Response(status: .ok)
        } _: { worker async throws in
            try await worker.send(Frame(flags: .proto, options: [0]))
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }
}
