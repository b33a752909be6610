import RoadRunnerTesting
import Testing

@testable import Board

@Test func keepsNotes() async throws {
    try await TestRPCServer.with(storages: ["notes"]) { server async throws in
        try await TestWorker.with(kernel: Board.self, environment: server.environment) { worker async throws in
            let created = try await worker.send(.post("/notes", body: .form(["text": "Milk"])))
            #expect(created.status == .created)
            let notes = try await worker.send(.get("/notes"))
            #expect(try notes.decode(as: [String].self) == ["Milk"])
        }
    }
}

@Test func tellsOfNewNotes() async throws {
    try await TestRPCServer.with(storages: ["notes"]) { server async throws in
        try await TestWorker.with(kernel: Board.self, environment: server.environment) { worker async throws in
            _ = try await worker.send(.post("/notes", body: .json(["text": "Bread"])))
            try await worker.stream(.get("/events")) { events in
                for try await chunk in events where String(buffer: chunk).contains("data: Bread") { break }
            }
        }
    }
}
