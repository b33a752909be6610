import RoadRunner

/// The smallest application: one import, one route.
@main
struct Hello: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    init(_ boot: BootContext) async throws {
        router.get("hello") { _, _ in "Hello from Swift!" }
    }

    var workers: some Workers { HTTP(router) }
}
