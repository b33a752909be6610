import Goridge
import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(1))) struct BufferedAnswerTests {
    @Test func bufferedBodyIsOneFrameWithItsLength() async throws {
        try await withHandler { _, _ in
            Response(status: .created, headers: [.server: "x"], body: text("hello"))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 201)
            #expect(response.text == "hello")
            #expect(!response.isStreamed)
            #expect(response.head["Content-Length"] == ["5"])
        }
    }

    @Test func emptyBodyIsOneFrame() async throws {
        try await withHandler { _, _ in
            Response(status: .ok)
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.frames.count == 1)
            #expect(response.body.readableBytes == 0)
        }
    }

    @Test func thousandsOfRequestsInARow() async throws {
        try await withHandler { request, _ in
            Response(status: .ok, body: text(request.uri.path))
        } _: { worker async throws in
            for number in 0..<5000 { #expect(try await worker.send(.get("/\(number)")).text == "/\(number)") }
        }
    }

    @Test(arguments: [64 * 1024, 1024 * 1024, 5 * 1024 * 1024]) func largeBufferedBodyIsOneFrame(_ size: Int) async throws {
        let body = ByteBuffer(repeating: 0x61, count: size)
        try await withHandler { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: body))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(!response.isStreamed)
            #expect(response.body == body)
        }
    }

    @Test func hugeBufferedBodyIsSplit() async throws {
        let body = ByteBuffer(repeating: 0x61, count: 12 * 1024 * 1024)
        try await withHandler { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: body))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.isStreamed)
            #expect(response.frames.allSatisfy { $0.payload.readableBytes <= 256 * 1024 + 200 })
            #expect(response.head["Content-Length"] == ["\(body.readableBytes)"])
            #expect(response.body == body)
        }
    }

    @Test func bodyOfARequestIsHandedOn() async throws {
        try await withHandler { request, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: try await request.body.collect(upTo: .max)))
        } _: { worker async throws in
            let body = ByteBuffer(repeating: 0xFF, count: 3_000_000)
            #expect(try await worker.send(TestRequest("POST", "/", body: body)).body == body)
            #expect(try await worker.send(TestRequest("POST", "/")).body.readableBytes == 0)
        }
    }

    @Test(arguments: ["3", "99", "abc"]) func wrongContentLengthOfABufferedBodyIsCorrected(_ length: String) async throws {
        try await withHandler { _, _ in
            Response(status: .ok, headers: [.contentLength: length], body: text("hello"))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.head["Content-Length"] == ["5"])
            #expect(response.text == "hello")
        }
    }

    @Test func headAnswersTheHeadAlone() async throws {
        try await withHandler { request, _ in
            Response(status: .ok, body: text("hello"))
        } _: { worker async throws in
            let response = try await worker.send(TestRequest("HEAD", "/"))
            #expect(response.frames.count == 1)
            #expect(response.body.readableBytes == 0)
            #expect(response.head["Content-Length"] == ["5"])
        }
    }

    @Test(arguments: [(204, []), (304, ["5"])] as [(Int, [String])])
    func statusWithoutBodyHasNone(_ status: Int, _ length: [String]) async throws {
        try await withHandler { request, _ in
            request.uri.path == "/ok"
                ? Response(status: .ok, body: text("ok")) : Response(status: .init(code: status), body: text("hello"))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == status)
            #expect(response.body.readableBytes == 0)
            #expect(response.head["Content-Length"] == length)
            try await expectStillInStep(worker)
        }
    }

    @Test func headOfAnEndlessStreamEndsIt() async throws {
        let ended = Mutex(false)
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    defer { ended.withLock { $0 = true } }
                    while true {
                        try await writer.write(ByteBuffer(string: "x"))
                        try await Task.sleep(for: .seconds(60))
                    }
                })
        } _: { worker async throws in
            #expect(try await worker.send(TestRequest("HEAD", "/")).frames.count == 1)
            try await expectStillInStep(worker)
            #expect(ended.withLock { $0 })
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct ContextTests {
    @Test func unchangedHummingbirdApplicationsKnowTheirPeerAndTheirId() async throws {
        let router = Router(context: PeerContext.self)
        router.get("id") { _, context in context.id }
        router.get("peer") { _, context in context.peer ?? "none" }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            var request = TestRequest.get("/peer")
            request.remoteAddress = "192.0.2.7"
            #expect(try await worker.send(request).text == "192.0.2.7")
            request.remoteAddress = "2001:db8::2"
            #expect(try await worker.send(request).text == "2001:db8::2")
            request.remoteAddress = "@"
            #expect(try await worker.send(request).text == "none")
            let ids = [try await worker.send(.get("/id")).text, try await worker.send(.get("/id")).text]
            #expect(ids[0] != ids[1])
            #expect(ids[0].count > 16)
        }
    }

    @Test func contextsOfRoadRunnerKnowWhatRoadRunnerKnows() async throws {
        try await withHandler { _, context in
            Response(
                status: .ok,
                body: text(
                    "\(context.info.remoteAddress) \(context.info.protocolVersion) \(context.info.attributes) "
                        + "\(context.remoteAddress?.ipAddress ?? "") \(context.logger[metadataKey: "rr.request.id"] != nil) \(context.id.isEmpty)"
                ))
        } _: { worker async throws in
            var request = TestRequest.get("/")
            request.attributes = ["a": ["b"]]
            #expect(try await worker.send(request).text == #"127.0.0.1 HTTP/1.1 ["a": ["b"]] 127.0.0.1 true false"#)
        }
    }

    @Test func routersAnswerUnknownPathsAndMethods() async throws {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.get("ok") { _, _ in "ok" }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            #expect(try await worker.send(.get("/nope")).status == 404)
            #expect(try await worker.send(TestRequest("POST", "/ok")).status == 404)
            try await expectStillInStep(worker)
        }
    }

    @Test func handlersSeeTheTaskLocalLogger() async throws {
        try await withHandler { _, context in
            Response(status: .ok, body: text("\(Logger.current[metadataKey: "rr.request.id"]?.description == context.id)"))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "true")
        }
    }
}

/// A context that keeps what the channel knows, as applications for Hummingbird's own server do.
private struct PeerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: String?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.peer = source.channel.remoteAddress?.ipAddress
    }
}

@Suite(.timeLimit(.minutes(1))) struct ErrorAnswerTests {
    @Test func errorThatKnowsItsResponseGivesIt() async throws {
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

    @Test(arguments: [100, 101, 103]) func statusThatIsNoAnswerIs500(_ status: Int) async throws {
        try await withHandler { request, _ in
            request.uri.path == "/ok" ? Response(status: .ok, body: text("ok")) : Response(status: .init(code: status))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 500)
            try await expectStillInStep(worker)
        }
    }

    @Test func undecodableContextIs400() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: text("ok"))
        } _: { worker async throws in
            try await worker.send(payload: ByteBuffer(bytes: [0xFF, 0xFF, 0xFF]), body: ByteBuffer())
            #expect(try await worker.finishResponse().status == 400)
            try await expectStillInStep(worker)
        }
    }

    @Test func twoOptionsWhereOneIsDueAre400() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: text("ok"))
        } _: { worker async throws in
            try await worker.send(Frame(flags: .proto, options: [1, 2], payload: ByteBuffer(string: "xxx")))
            #expect(try await worker.finishResponse().status == 400)
            try await expectStillInStep(worker)
        }
    }

    @Test func optionBeyondThePayloadIs400() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: text("ok"))
        } _: { worker async throws in
            try await worker.send(Frame(flags: .proto, options: [.max], payload: ByteBuffer(string: "xxx")))
            #expect(try await worker.finishResponse().status == 400)
            try await expectStillInStep(worker)
        }
    }

    @Test func unknownStreamBitsAreIgnored() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: text("ok"))
        } _: { worker async throws in
            let context = TestRequest.get("/ok").encodedContext()
            try await worker.send(
                Frame(flags: .proto, stream: .init(rawValue: 0xF1), options: [UInt32(context.readableBytes)], payload: context))
            #expect(try await worker.finishResponse().text == "ok")
            // A pong, and a STOP that nobody waits for, are passed over.
            try await worker.send(Frame(stream: .pong))
            try await worker.send(Frame(stream: .stop))
            try await worker.send(Frame(stream: [.stop, .init(rawValue: 0x80)]))
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            try await expectStillInStep(worker)
        }
    }

    @Test func unknownCommandIsIgnored() async throws {
        try await withHandler { _, _ in
            Response(status: .ok, body: text("ok"))
        } _: { worker async throws in
            try await worker.send(Frame(flags: [.control, .json], payload: ByteBuffer(string: #"{"dance":true}"#)))
            try await worker.send(Frame(flags: [.control, .json], payload: ByteBuffer(string: "not json")))
            try await expectStillInStep(worker)
            // The pid is answered again, between requests.
            try await worker.handshake()
        }
    }

    @Test func missingHandshakeLosesNoRequest() async throws {
        let responder = CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in Response(status: .ok, body: text("ok")) }
        try await TestWorker.with(HTTP(responder), performsHandshake: false) { worker async throws in
            try await expectStillInStep(worker)
            try await worker.handshake()
        }
    }

    @Test func secondRequestBeforeTheAnswerEndsTheWorker() async throws {
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
