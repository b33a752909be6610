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
                // Handlers are asked by priority, and those of equal priority in the order of the list.
                routes: self.routes.enumerated().sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }
                    .map { KernelDescription.Route(kind: $0.element.body.kind, pattern: $0.element.pattern) }))
    }
}

extension CentrifugoRoute.Body {
    fileprivate var kind: String {
        switch self {
        case .connect: EventKind.connect.rawValue
        case .refresh: EventKind.refresh.rawValue
        case .subscribe: EventKind.subscribe.rawValue
        case .subRefresh: EventKind.subRefresh.rawValue
        case .publish: EventKind.publish.rawValue
        case .rpc: EventKind.rpc.rawValue
        case .channelState: EventKind.channelState.rawValue
        case .cacheEmpty: EventKind.cacheEmpty.rawValue
        case .listener: "any"
        }
    }
}
