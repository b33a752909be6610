import Hummingbird
import RoadRunnerRuntime

/// A router that knows its routes.
protocol RouteList {
    var descriptions: [KernelDescription.Route] { get }
}

extension Router: RouteList {
    var descriptions: [KernelDescription.Route] {
        self.routes.map { KernelDescription.Route(kind: $0.method.rawValue, pattern: "\($0.path)") }
            .sorted { ($0.pattern ?? "", $0.kind) < ($1.pattern ?? "", $1.kind) }
    }
}
