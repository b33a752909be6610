import KVCache
import RoadRunner

@main
struct Board: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    init(_ boot: BootContext) async throws {
        let store = try await boot.keyValueStore("notes")

        router.get("notes") { _, _ in
            try await store.get("all", as: [String].self) ?? []
        }
    }

    var workers: some Workers { HTTP(router) }
}
