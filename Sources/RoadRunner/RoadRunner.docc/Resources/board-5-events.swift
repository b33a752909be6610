import KVCache
import RoadRunner

@main
struct Board: Kernel {
    struct NewNote: Decodable {
        let text: String
    }

    let router = Router(context: BasicRoadRunnerRequestContext.self)

    init(_ boot: BootContext) async throws {
        let store = try await boot.keyValueStore("notes")

        router.get("notes") { _, _ in
            try await store.get("all", as: [String].self) ?? []
        }

        router.post("notes") { request, context in
            let note = try await request.decode(as: NewNote.self, context: context)
            try await store.withLock("all") {
                let notes = try await store.get("all", as: [String].self) ?? []
                try await store.set(notes + [note.text], for: "all")
            }
            return HTTPResponse.Status.created
        }

        router.get("events") { request, _ in
            Response.events(NewNotes(store: store, seen: request.lastEventID.flatMap { Int($0) } ?? 0))
        }
    }

    var workers: some Workers { HTTP(router) }
}

/// One event for each note that has come since.
struct NewNotes: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let store: KeyValueStore
    var seen: Int

    mutating func next() async throws -> ServerSentEvent? {
        while true {
            let notes = try await store.get("all", as: [String].self) ?? []
            if notes.count > seen {
                seen += 1
                return ServerSentEvent(data: notes[seen - 1], id: "\(seen)")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    func makeAsyncIterator() -> NewNotes { self }
}
