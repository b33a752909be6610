package import Logging
import RoadRunnerAPI
import RoadRunnerRuntime
import SwiftProtobuf
import Synchronization

/// Passes events to handlers, and turns their decisions into responses, both under RoadRunner and standalone.
package final class EventDispatcher: Sendable {
    private let connect: RouteTable<ConnectEvent, ConnectResponse>
    private let refresh: RouteTable<RefreshEvent, RefreshResponse>
    private let subscribe: RouteTable<SubscribeEvent, SubscribeResponse>
    private let subRefresh: RouteTable<SubRefreshEvent, SubRefreshResponse>
    private let publish: RouteTable<PublishEvent, PublishResponse>
    private let rpc: RouteTable<RPCEvent, RPCResponse>
    private let channelState: RouteTable<ChannelStateEvent, Void>
    private let cacheEmpty: RouteTable<CacheEmptyEvent, CacheEmptyResponse>
    private let listeners: [EventHandler<CentrifugoEvent, Void>]
    private let unhandled: [EventKind: CentrifugoEvents.UnhandledEventPolicy]
    private let isDebug: Bool
    /// The kinds for which a missing response was logged.
    private let logged = Mutex<Set<EventKind>>([])

    package init(
        routes: [CentrifugoRoute], unhandled: [EventKind: CentrifugoEvents.UnhandledEventPolicy], isDebug: Bool
    ) throws(RouteError) {
        let routes = CentrifugoRoute.inOrder(routes)
        self.connect = try RouteTable(routes)
        self.refresh = try RouteTable(routes)
        self.subscribe = try RouteTable(routes)
        self.subRefresh = try RouteTable(routes)
        self.publish = try RouteTable(routes)
        self.rpc = try RouteTable(routes)
        self.channelState = try RouteTable(routes)
        self.cacheEmpty = try RouteTable(routes)
        self.listeners = routes.compactMap { $0.handler as? EventHandler<CentrifugoEvent, Void> }
        self.unhandled = unhandled
        self.isDebug = isDebug
    }

    package var hasConnectHandler: Bool { !self.connect.isEmpty }

    package func respond(to event: CentrifugoEvent, logger: Logger) async -> EventResponse {
        var outcome = Outcome()
        return await self.respond(to: event, logger: logger, outcome: &outcome)
    }

    /// - Parameter outcome: receives errors, and whether no handler answered.
    func respond(to event: CentrifugoEvent, logger: Logger, outcome: inout Outcome) async -> EventResponse {
        for listener in self.listeners {
            do { try await listener.respond(event) } catch { logger.error("a handler of OnAnyEvent failed: \(error)") }
        }
        switch event {
        case .connect(let event):
            let handlers = self.connect.handlers(forAny: event.channels)
            return await self.respond(to: event, by: handlers, logger: logger, outcome: &outcome)
        case .subscribe(let event):
            let handlers = self.subscribe.handlers(for: event.channel)
            return await self.respond(to: event, by: handlers, logger: logger, outcome: &outcome)
        case .publish(let event):
            let handlers = self.publish.handlers(for: event.channel)
            return await self.respond(to: event, by: handlers, logger: logger, outcome: &outcome)
        case .rpc(let event):
            let handlers = self.rpc.handlers(for: event.method)
            return await self.respond(to: event, by: handlers, logger: logger, outcome: &outcome)
        case .refresh(let event):
            let handlers = self.refresh.handlers(for: "")
            return await self.respond(to: event, by: handlers, logger: logger, outcome: &outcome)
        case .subRefresh(let event):
            let handlers = self.subRefresh.handlers(for: event.channel)
            return await self.respond(to: event, by: handlers, logger: logger, outcome: &outcome)
        case .channelState(let event): return await self.respond(to: event, outcome: &outcome)
        case .cacheEmpty(let event): return await self.respond(to: event, outcome: &outcome)
        case .invalid(let type, let reason):
            // Logged at info: standalone without a shared secret, anyone may have sent it.
            logger.info("refused a Centrifugo event: \(reason)", metadata: ["rr.event": "\(type.prefix(64))"])
            // Field 2 is the error in all responses, most likely also in those to events that this package does not know.
            return .message(ProxyPublishResponse.with { $0.error = CentrifugoClientError.badRequest.proxied })
        }
    }

    private func respond<Event: ProxyEvent, Response: HandlerResponse>(
        to event: Event, by handlers: [EventHandler<Event, Response>], logger: Logger, outcome: inout Outcome
    ) async -> EventResponse {
        do {
            for handler in handlers {
                let decision = try await handler.respond(event).decision
                if case .pass = decision { continue }
                return .message(try Response.Message(decision))
            }
            let policy = self.policy(for: Event.kind, logger: logger, outcome: &outcome)
            return .message(try Response.Message(policy == .accept ? Response.accepted : Response.refused))
        } catch let error as CentrifugoClientError where !Event.kind.isRefresh {
            return .message(Response.Message.with { $0.error = error.proxied })
        } catch {
            let fault = outcome.note(error)
            let text = self.isDebug ? String("\(type(of: error)): \(error)".prefix(200)) : "Unexpected system error"
            // A response would mean that it has expired; a failed call leaves it as it is.
            if Event.kind.isRefresh { return .failure(text) }
            let error = fault == .client ? .badRequest : CentrifugoClientError(known: 100, text, true)
            return .message(Response.Message.with { $0.error = error.proxied })
        }
    }

    /// Notes that no handler answered.
    private func policy(
        for kind: EventKind, logger: Logger, outcome: inout Outcome
    ) -> CentrifugoEvents.UnhandledEventPolicy {
        outcome.isUnanswered = true
        if self.logged.withLock({ $0.insert(kind).inserted }) {
            logger.warning(
                "no handler answered a Centrifugo event; further events of this kind are not logged",
                metadata: ["rr.event": "\(kind.rawValue)"])
        }
        return self.unhandled[kind] ?? .reject
    }

    private func respond(to event: ChannelStateEvent, outcome: inout Outcome) async -> EventResponse {
        do {
            for handler in self.channelState.handlers(for: "") { try await handler.respond(event) }
            return .message(ProxyNotifyChannelStateResponse.with { $0.result = ProxyNotifyChannelStateResult() })
        } catch {
            outcome.note(error)
            return .message(ProxyNotifyChannelStateResponse.with { $0.error = CentrifugoClientError.internalError.proxied })
        }
    }

    private func respond(to event: CacheEmptyEvent, outcome: inout Outcome) async -> EventResponse {
        do {
            var result = ProxyNotifyCacheEmptyResult()
            for handler in self.cacheEmpty.handlers(for: event.channel) {
                guard let isPopulated = try await handler.respond(event).isPopulated else { continue }
                result.populated = isPopulated
                break
            }
            return .message(ProxyNotifyCacheEmptyResponse.with { $0.result = result })
        } catch {
            outcome.note(error)
            return .failure("Unexpected system error")
        }
    }
}

extension Outcome {
    /// - Returns: whose fault the error was.
    @discardableResult
    fileprivate mutating func note(_ error: any Error) -> Fault {
        let fault = Fault(error, isCancelled: Task.isCancelled)
        self.failures.append(Failure(error, phase: .beforeHead, fault: fault))
        return fault
    }
}
