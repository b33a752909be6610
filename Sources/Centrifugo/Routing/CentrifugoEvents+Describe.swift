import Logging
public import RoadRunnerRuntime

extension CentrifugoEvents: SelfDescribing {
    public func describe(_ description: inout KernelDescription) throws {
        let logger = Logger(label: "describe") { _ in SwiftLogNoOpLogHandler() }
        if !(try self.dispatcher(isDebug: false, logger: logger).hasConnectHandler), self.unhandled[.connect] != .accept {
            description.warnings.append("CentrifugoEvents has no OnConnect: clients without a token cannot connect")
        }
        description.tables.append(
            KernelDescription.Table(
                mode: Self.mode,
                routes: CentrifugoRoute.inOrder(self.routes).map {
                    KernelDescription.Route(kind: $0.kind?.rawValue ?? "any", pattern: $0.pattern)
                }))
    }
}
