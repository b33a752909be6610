import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct RequestContextTests {
    @Test func unchangedHummingbirdApplicationsHaveTheirPeerAndTheirId() async throws {
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

    @Test func contextsOfRoadRunnerHaveItsDetails() async throws {
        try await withHandler { _, context in
            Response(
                status: .ok,
                body: .text(
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
            Response(status: .ok, body: .text("\(Logger.current[metadataKey: "rr.request.id"]?.description == context.id)"))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "true")
        }
    }
}

/// A context that stores the channel's address, as in applications for Hummingbird's own server.
private struct PeerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: String?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.peer = source.channel.remoteAddress?.ipAddress
    }
}
