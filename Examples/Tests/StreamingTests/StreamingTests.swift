import RoadRunnerTesting
import Testing

@testable import Streaming

@Suite(.timeLimit(.minutes(1))) struct StreamingTests {
    @Test func textComesPieceByPiece() async throws {
        try await TestWorker.with(kernel: Streaming.self) { worker async throws in
            let response = try await worker.send(.get("/countdown"))
            #expect(response.text == "5\n4\n3\n2\n1\nlift-off\n")
            #expect(response.isStreamed)
        }
    }

    @Test func rowsAreOneArray() async throws {
        try await TestWorker.with(kernel: Streaming.self) { worker async throws in
            let squares = try await worker.send(.get("/squares?n=3")).decode(as: [Squares.Square].self)
            #expect(squares.map(\.square) == [1, 4, 9])
        }
    }

    @Test func eventsContinueWhereTheClientLeftOff() async throws {
        try await TestWorker.with(kernel: Streaming.self) { worker async throws in
            let lastEventID = try #require(HTTPField.Name("Last-Event-ID"))
            try await worker.stream(.get("/ticks", headers: [lastEventID: "41"])) { response async throws in
                #expect(response.headers[.contentType] == "text/event-stream")
                var text = ""
                for try await chunk in response {
                    text += String(buffer: chunk)
                    if text.contains("43") { break }
                }
                #expect(text.contains("data: tick 42\n") && text.contains("id: 43\n"))
                #expect(!text.contains("data: tick 1\n"))
            }
            // The disconnect ended the stream, and the worker is free again.
            #expect(try await worker.send(.get("/squares?n=1")).status == .ok)
        }
    }
}
