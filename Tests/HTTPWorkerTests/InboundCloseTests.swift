import HTTPTypes
import HummingbirdCore
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import HTTPWorker

/// Tests Hummingbird's own APIs for noticing a disconnect.
@Suite(.timeLimit(.minutes(1))) struct InboundCloseTests {
    private enum Event: Equatable { case began, cancelled, closed, ended }

    private static func withWatcher(_ body: (TestWorker, @escaping @Sendable () -> [Event]) async throws -> Void) async throws {
        let events = Mutex<[Event]>([])
        try await withHandler { request, _ in
            switch request.uri.path {
            case "/cancel":
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        do {
                            try await request.body.consumeWithCancellationOnInboundClose { body in
                                events.withLock { $0.append(.began) }
                                try await writer.write(try await body.collect(upTo: 100))
                                try await Task.sleep(for: .seconds(3600))
                            }
                        } catch {
                            events.withLock { $0.append(.cancelled) }
                            throw error
                        }
                    })
            case "/short":
                let bytes = try await request.body.consumeWithInboundCloseHandler { body in
                    try await body.collect(upTo: 100)
                } onInboundClosed: {
                }
                events.withLock { $0.append(.ended) }
                return Response(status: .ok, body: ResponseBody(byteBuffer: bytes))
            case "/replaced":
                var request = request
                _ = try await request.collectBody(upTo: 100)
                let bytes = try await request.body.consumeWithCancellationOnInboundClose { body in
                    try await body.collect(upTo: 100)
                }
                return Response(status: .ok, body: ResponseBody(byteBuffer: bytes))
            default:
                let bytes = try await request.body.collect(upTo: 100)
                return Response(status: .ok, body: bytes.readableBytes == 0 ? .text("ok") : ResponseBody(byteBuffer: bytes))
            }
        } _: { worker async throws in
            try await body(worker) { events.withLock { $0 } }
        }
    }

    /// In sequence: each watching handler uses up a template of the body.
    @Test func disconnectsAreNoticed() async throws {
        try await Self.withWatcher { worker, events async throws in
            for count in 1...4 {
                try await worker.stream(.post("/cancel", body: "hello")) { response async throws in
                    var iterator = response.makeAsyncIterator()
                    #expect(try await iterator.next() == ByteBuffer(string: "hello"))
                    #expect(events().count == 2 * count - 1)
                }
                try await expectStillInStep(worker)
                #expect(events().count == 2 * count)
            }
            #expect(events() == (1...4).flatMap { _ in [Event.began, .cancelled] })
        }
    }

    @Test func handlersThatFinishFirstHaveTheirBody() async throws {
        try await Self.withWatcher { worker, events async throws in
            for path in ["/short", "/replaced", "/plain", "/short", "/short", "/replaced"] {
                #expect(try await worker.send(.post(path, body: "body of \(path)")).text == "body of \(path)")
            }
            #expect(try await worker.send(.get("/short")).text == "")
            #expect(events() == [.ended, .ended, .ended, .ended])
        }
    }

    /// A body that is still watched must not share state with later ones.
    @Test func aTemplateIsUsedUpAsSoonAsAHandlerWatches() async throws {
        let source = try #require(await RequestBodySource())
        #expect(!source.isUsedUp)
        let plain = source.body(ByteBuffer(string: "plain"))
        #expect(try await plain.collect(upTo: 100) == ByteBuffer(string: "plain"))
        #expect(!source.isUsedUp)
        let body = source.body(ByteBuffer(string: "watched"))
        try await body.consumeWithInboundCloseHandler { body in
            #expect(try await body.collect(upTo: 100) == ByteBuffer(string: "watched"))
            for _ in 0..<1000 where !source.isUsedUp { try await Task.sleep(for: .milliseconds(1)) }
            #expect(source.isUsedUp)
        } onInboundClosed: {
        }
    }

    /// RoadRunner has parsed the form: there are no raw bytes, and the reader gets an error that says so.
    @Test func aParsedFormRemainsOne() async throws {
        try await Self.withWatcher { worker, _ async throws in
            var statuses: [HTTPResponse.Status] = []
            for path in ["/plain", "/short", "/short"] {
                var request = TestRequest.post(path)
                request.body = ByteBuffer(string: #"{"a":"b"}"#)
                request.isParsed = true
                statuses.append(try await worker.send(request).status)
            }
            #expect(statuses[0].code >= 400)
            #expect(statuses == [statuses[0], statuses[0], statuses[0]])
            try await expectStillInStep(worker)
        }
    }
}
