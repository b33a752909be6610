import Hummingbird
public import RoadRunnerRuntime

extension HTTP: SelfDescribing {
    public func describe(_ description: inout KernelDescription) {
        description.tables.append(KernelDescription.Table(mode: Self.mode, routes: self.routes))
    }
}

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
