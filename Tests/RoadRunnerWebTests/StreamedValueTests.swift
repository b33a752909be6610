import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import Testing
import TestSupport

@testable import HTTPWorker
@testable import RoadRunnerWeb

struct Row: Codable, Equatable, Sendable {
    let n: Int
    let text: String
}

private struct Rows: AsyncSequence, Sendable {
    let count: Int
    var failsAt: Int?

    struct Iterator: AsyncIteratorProtocol {
        let rows: Rows
        var n = 0
        mutating func next() async throws -> Row? {
            if self.n == self.rows.failsAt { throw Broken() }
            guard self.n < self.rows.count else { return nil }
            self.n += 1
            return Row(n: self.n, text: "\"\u{2028}</script>\\ \(self.n)")
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(rows: self) }
}

@Suite(.timeLimit(.minutes(1))) struct StreamedJSONTests {
    @Test(arguments: [0, 1, 2, 100]) func arraysAreValid(_ count: Int) async throws {
        try await withHandler { _, _ in
            Response.json(streaming: Rows(count: count))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.head["Content-Type"] == ["application/json; charset=utf-8"])
            let rows = try JSONDecoder().decode([Row].self, from: Data(response.body.readableBytesView))
            #expect(rows.map(\.n) == Array(0..<count).map { $0 + 1 })
            #expect(response.isStreamed == (count > 0) || count == 0)
        }
    }

    struct Nested: Codable, Equatable {
        struct Inner: Codable, Equatable {
            let none: [Row]
            let rows: [Row]
            let quote: String
        }
        let total: Int
        let empty: [String: Int]
        let inner: Inner
        let last: Double?
        enum CodingKeys: String, CodingKey {
            case total, inner, last
            case empty = "em\"pty\n"
        }
    }

    @Test func nestedObjectsAreValid() async throws {
        try await withHandler { _, _ in
            Response.json(
                streaming: .object([
                    "total": .value(2),
                    "em\"pty\n": .object([:]),
                    "inner": .object(["none": .array(Rows(count: 0)), "rows": .array(Rows(count: 2)), "quote": .value("\"")]),
                    "last": .value(Double?.none),
                ]), status: .created, headers: [.contentType: "application/vnd.x+json"])
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 201)
            #expect(response.head["Content-Type"] == ["application/vnd.x+json"])
            let nested = try JSONDecoder().decode(Nested.self, from: Data(response.body.readableBytesView))
            #expect(nested.inner.rows.count == 2)
            #expect(nested.inner.none.isEmpty)
            #expect(nested.inner.quote == "\"")
        }
    }

    @Test func linesAreOneValueEach() async throws {
        try await withHandler { _, _ in
            Response.ndjson(streaming: Rows(count: 3)) {
                let encoder = JSONEncoder()
                encoder.outputFormatting = .prettyPrinted
                return encoder
            }
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.head["Content-Type"] == ["application/x-ndjson; charset=utf-8"])
            let lines = response.text.split(separator: "\n")
            #expect(lines.count == 3)
            for line in lines { _ = try JSONDecoder().decode(Row.self, from: Data(line.utf8)) }
        }
    }

    @Test func failuresBeforeTheFirstElementAreProperAnswers() async throws {
        try await withHandler { request, _ in
            request.uri.path == "/ok"
                ? Response(status: .ok, body: text("ok")) : Response.json(streaming: Rows(count: 5, failsAt: 0))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 500)
            try await expectStillInStep(worker)
        }
    }

    @Test func failuresLaterLeaveJSONThatIsVisiblyIncomplete() async throws {
        try await withHandler { request, _ in
            request.uri.path == "/ok"
                ? Response(status: .ok, body: text("ok")) : Response.json(streaming: Rows(count: 5, failsAt: 2))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 200)
            #expect(throws: (any Error).self) { try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) }
            try await expectStillInStep(worker)
        }
    }
}

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

    @Test func eventsArriveWhenTheyAreThereAndCommentsInBetween() async throws {
        let (events, source) = AsyncStream<ServerSentEvent>.makeStream()
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
            #expect(request.lastEventID == "41")
            return Response.events(events, keepAlive: .milliseconds(50))
        } _: { worker async throws in
            try await worker.stream(.get("/", headers: [("Last-Event-ID", "41")])) { response in
                #expect(response.head["Content-Type"] == ["text/event-stream"])
                #expect(response.head["Cache-Control"] == ["no-cache"])
                var iterator = response.makeAsyncIterator()
                // Without any event.
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

    @Test func aClientThatLeavesEndsTheSequence() async throws {
        let (events, source) = AsyncStream<ServerSentEvent>.makeStream()
        let (ended, endSource) = AsyncStream<Void>.makeStream()
        source.onTermination = { _ in endSource.finish() }
        try await withHandler { request, _ in
            request.uri.path == "/ok"
                ? Response(status: .ok, body: text("ok")) : Response.events(events, keepAlive: .milliseconds(20))
        } _: { worker async throws in
            try await worker.stream(.get("/")) { response in
                // The second comment comes while the sequence is waited for.
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
            request.uri.path == "/ok" ? Response(status: .ok, body: text("ok")) : Response.events(Failing())
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == ":\n\n")
            try await expectStillInStep(worker)
        }
    }
}
