import Hummingbird
import RoadRunner

/// The application that the `.rr.yaml` of this package serves.
@main
struct Demo: Kernel {
    private let router = Router(context: BasicRoadRunnerRequestContext.self, options: .autoGenerateHeadEndpoints)

    init(_ boot: BootContext) async throws {
        // To try lazy boot with: an application that takes its time.
        if let delay = boot.configuration.double(forKey: "demo.boot.delay"), delay > 0 {
            try await Task.sleep(for: .seconds(min(delay, 3600)))
        }
        Pages.addRoutes(to: router)
        Streams.addRoutes(to: router)
        Inspection.addRoutes(to: router)
        Mishaps.addRoutes(to: router)
    }

    var workers: some Workers {
        HTTP(router)
    }
}
