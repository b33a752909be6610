import Foundation
import RoadRunnerTesting
import Testing

@testable import Database

@Suite(.timeLimit(.minutes(1))) struct DatabaseTests {
    private struct Note: Decodable, Equatable {
        let id: Int
        let text: String
    }

    @Test func notesAreKept() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "notes-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let environment = ["DATABASE_PATH": folder.appending(path: "notes.sqlite").path()]
        try await TestWorker.with(kernel: Notes.self, environment: environment) { worker async throws in
            #expect(try await worker.send(.get("/notes")).text == "[]")
            let note = try await worker.send(.post("/notes", body: .form(["text": "Milk"]))).decode(as: Note.self)
            #expect(note == Note(id: 1, text: "Milk"))
        }
        // With another worker.
        try await TestWorker.with(kernel: Notes.self, environment: environment) { worker async throws in
            let notes = try await worker.send(.get("/notes")).decode(as: [Note].self)
            #expect(notes == [Note(id: 1, text: "Milk")])
        }
    }

    @Test func aDatabaseThatCannotBeOpenedIsAnError() async throws {
        try await TestWorker.with(
            kernel: Notes.self, environment: ["DATABASE_PATH": "/nowhere/notes.sqlite"]
        ) { worker async throws in
            #expect(try await worker.send(.get("/notes")).status.code >= 500)
        }
    }
}
