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
    }

    var workers: some Workers { HTTP(router) }
}
