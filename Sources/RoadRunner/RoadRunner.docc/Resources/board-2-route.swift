import RoadRunner

@main
struct Board: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    init(_ boot: BootContext) async throws {
        router.get("notes") { _, _ in
            ["Learn Swift"]
        }
    }

    var workers: some Workers { HTTP(router) }
}
