import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

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

    @Test func failuresBeforeTheFirstElementAreProperResponses() async throws {
        try await withHandler { request, _ in
            request.uri.path == "/ok"
                ? Response(status: .ok, body: .text("ok")) : Response.json(streaming: Rows(count: 5, failsAt: 0))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 500)
            try await expectStillInStep(worker)
        }
    }

    @Test func failuresLaterLeaveJSONThatIsVisiblyIncomplete() async throws {
        try await withHandler { request, _ in
            request.uri.path == "/ok"
                ? Response(status: .ok, body: .text("ok")) : Response.json(streaming: Rows(count: 5, failsAt: 2))
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 200)
            #expect(throws: (any Error).self) { try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) }
            try await expectStillInStep(worker)
        }
    }
}
