import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) struct ServerSentEventTests {
    @Test(arguments: [
        (ServerSentEvent(data: "a"), "data: a\n\n"),
        (ServerSentEvent(data: ""), "data: \n\n"),
        (ServerSentEvent(data: "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (ServerSentEvent(data: "a", event: "e", id: "1", retry: .seconds(2)), "id: 1\nevent: e\nretry: 2000\ndata: a\n\n"),
        (ServerSentEvent(data: "a", event: "e\ndata: x", id: "1\r\n\r\n\0"), "id: 1  \nevent: e data: x\ndata: a\n\n"),
        (ServerSentEvent(data: "a", retry: .seconds(-1)), "retry: 0\ndata: a\n\n"),
        (ServerSentEvent(data: "a", retry: .seconds(Int64.max)), "retry: 1000000000000000\ndata: a\n\n"),
    ])
    func encoding(_ event: ServerSentEvent, _ text: String) {
        #expect(String(buffer: event.encoded) == text)
    }

    @Test func valuesAreJSON() throws {
        #expect(try ServerSentEvent(json: ["a": 1]).data == #"{"a":1}"#)
    }

    @Test func eventsArriveAtOnceAndCommentsInBetween() async throws {
        let (events, source) = AsyncStream<ServerSentEvent>.makeStream()
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
            #expect(request.lastEventID == "41")
            return Response.events(events, keepAlive: .milliseconds(50))
        } _: { worker async throws in
            try await worker.stream(.get("/", headers: [("Last-Event-ID", "41")])) { response in
                #expect(response.head["Content-Type"] == ["text/event-stream"])
                #expect(response.head["Cache-Control"] == ["no-cache"])
                var iterator = response.makeAsyncIterator()
                // Before any event.
                #expect(try await iterator.next().map { String(buffer: $0) } == ":\n\n")
                #expect(try await iterator.next().map { String(buffer: $0) } == ":\n\n")
                source.yield(ServerSentEvent(data: "one", id: "42"))
                var received = ""
                while !received.contains("one"), let chunk = try await iterator.next() { received += String(buffer: chunk) }
                #expect(received.hasSuffix("id: 42\ndata: one\n\n"))
                source.finish()
                while let chunk = try await iterator.next() { #expect(String(buffer: chunk) == ":\n\n") }
            }
            try await expectStillInStep(worker)
        }
    }

    @Test func aDisconnectEndsTheSequence() async throws {
        let (events, source) = AsyncStream<ServerSentEvent>.makeStream()
        let (ended, endSource) = AsyncStream<Void>.makeStream()
        source.onTermination = { _ in endSource.finish() }
        try await withHandler { request, _ in
            request.uri.path == "/ok"
                ? Response(status: .ok, body: .text("ok")) : Response.events(events, keepAlive: .milliseconds(20))
        } _: { worker async throws in
            try await worker.stream(.get("/")) { response in
                // The second comment comes while the stream waits for the sequence.
                var comments = 0
                for try await _ in response {
                    comments += 1
                    if comments == 2 { break }
                }
            }
            for await _ in ended {}
            try await expectStillInStep(worker)
        }
    }

    @Test func aSequenceThatFailsEndsTheStream() async throws {
        struct Failing: AsyncSequence, AsyncIteratorProtocol, Sendable {
            func next() async throws -> ServerSentEvent? { throw Broken() }
            func makeAsyncIterator() -> Self { self }
        }
        try await withHandler { request, _ in
            request.uri.path == "/ok" ? Response(status: .ok, body: .text("ok")) : Response.events(Failing())
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == ":\n\n")
            try await expectStillInStep(worker)
        }
    }
}
