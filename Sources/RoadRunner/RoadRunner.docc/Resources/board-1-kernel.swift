import RoadRunner

@main
struct Board: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    init(_ boot: BootContext) async throws {
    }

    var workers: some Workers { HTTP(router) }
}
