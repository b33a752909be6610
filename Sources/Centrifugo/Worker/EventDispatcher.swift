package import Logging
import RoadRunnerAPI
import RoadRunnerRuntime
import SwiftProtobuf
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Passes events to handlers, and turns their decisions into responses, both under RoadRunner and standalone.
package final class EventDispatcher: Sendable {
    private typealias Table<Event, Verdict> = RouteTable<@Sendable (Event) async throws -> Verdict>

    private let connect: Table<ConnectEvent, ConnectResponse>
    private let refresh: Table<RefreshEvent, RefreshResponse>
    private let subscribe: Table<SubscribeEvent, SubscribeResponse>
    private let subRefresh: Table<SubRefreshEvent, SubRefreshResponse>
    private let publish: Table<PublishEvent, PublishResponse>
    private let rpc: Table<RPCEvent, RPCResponse>
    private let channelState: Table<ChannelStateEvent, Void>
    private let cacheEmpty: Table<CacheEmptyEvent, CacheEmptyResponse>
    private let listeners: Table<CentrifugoEvent, Void>
    private let unhandled: [EventKind: CentrifugoEvents.UnhandledEventPolicy]
    private let isDebug: Bool
    /// The kinds for which a missing response was logged.
    private let logged = Mutex<Set<EventKind>>([])

    package init(
        routes: [CentrifugoRoute], unhandled: [EventKind: CentrifugoEvents.UnhandledEventPolicy], isDebug: Bool
    ) throws(RouteError) {
        func table<Handler>(
            _ kind: EventKind, _ pick: (CentrifugoRoute.Body) -> Handler?
        ) throws(RouteError) -> RouteTable<Handler> {
            try RouteTable(
                routes.compactMap { route in
                    pick(route.body).map { .init(pattern: route.pattern, priority: route.priority, handler: $0) }
                }, kind: kind)
        }
        self.connect = try table(.connect) { if case .connect(let handler) = $0 { handler } else { nil } }
        self.refresh = try table(.refresh) { if case .refresh(let handler) = $0 { handler } else { nil } }
        self.subscribe = try table(.subscribe) { if case .subscribe(let handler) = $0 { handler } else { nil } }
        self.subRefresh = try table(.subRefresh) { if case .subRefresh(let handler) = $0 { handler } else { nil } }
        self.publish = try table(.publish) { if case .publish(let handler) = $0 { handler } else { nil } }
        self.rpc = try table(.rpc) { if case .rpc(let handler) = $0 { handler } else { nil } }
        self.channelState = try table(.channelState) { if case .channelState(let handler) = $0 { handler } else { nil } }
        self.cacheEmpty = try table(.cacheEmpty) { if case .cacheEmpty(let handler) = $0 { handler } else { nil } }
        self.listeners = try table(.connect) { if case .listener(let handler) = $0 { handler } else { nil } }
        self.unhandled = unhandled
        self.isDebug = isDebug
    }

    package var hasConnectHandler: Bool { !self.connect.isEmpty }

    package func reply(to event: CentrifugoEvent, logger: Logger) async -> EventResponse {
        var outcome = Outcome()
        return await self.reply(to: event, logger, &outcome)
    }

    /// - Parameter outcome: receives errors, and whether no handler answered.
    func reply(to event: CentrifugoEvent, _ logger: Logger, _ outcome: inout Outcome) async -> EventResponse {
        for listener in self.listeners.handlers(for: "") {
            do { try await listener(event) } catch { logger.error("an event listener failed: \(error)") }
        }
        switch event {
        case .connect(let event):
            return await self.decide(ProxyConnectResponse.self, .connect, logger, &outcome) {
                try await Self.first(self.connect.handlers(forAny: event.channels), event) { $0.decision }
            }
        case .subscribe(let event):
            return await self.decide(ProxySubscribeResponse.self, .subscribe, logger, &outcome) {
                try await Self.first(self.subscribe.handlers(for: event.channel), event) { $0.decision }
            }
        case .publish(let event):
            return await self.decide(ProxyPublishResponse.self, .publish, logger, &outcome) {
                try await Self.first(self.publish.handlers(for: event.channel), event) { $0.decision }
            }
        case .rpc(let event):
            return await self.decide(ProxyRPCResponse.self, .rpc, logger, &outcome, refuse: .error(.methodNotFound)) {
                try await Self.first(self.rpc.handlers(for: event.method), event) { $0.decision }
            }
        case .refresh(let event):
            return await self.decide(
                ProxyRefreshResponse.self, .refresh, logger, &outcome, refuse: RefreshResponse.expired.decision,
                accept: RefreshResponse.extend(until: Date() + 3600).decision
            ) {
                try await Self.first(self.refresh.handlers(for: ""), event) { $0.decision }
            }
        case .subRefresh(let event):
            return await self.decide(
                ProxySubRefreshResponse.self, .subRefresh, logger, &outcome, refuse: SubRefreshResponse.expired.decision,
                accept: SubRefreshResponse.extend(until: Date() + 3600).decision
            ) {
                try await Self.first(self.subRefresh.handlers(for: event.channel), event) { $0.decision }
            }
        case .channelState(let event): return await self.reply(to: event, &outcome)
        case .cacheEmpty(let event): return await self.reply(to: event, &outcome)
        case .invalid(let type, let reason):
            // Logged at info: standalone without a shared secret, anyone may have sent it.
            logger.info("refused a Centrifugo event: \(reason)", metadata: ["rr.event": "\(type.prefix(64))"])
            // Field 2 is the error in all responses, most likely also in those to events that this package does not know.
            return .message(ProxyPublishResponse.with { $0.error = CentrifugoClientError.badRequest.proxied })
        }
    }

    private static func first<Event, Verdict, Result>(
        _ handlers: [@Sendable (Event) async throws -> Verdict], _ event: Event, _ decision: (Verdict) -> Decision<Result>
    ) async throws -> Decision<Result> {
        for handler in handlers {
            let decision = decision(try await handler(event))
            if case .pass = decision { continue }
            return decision
        }
        return .pass
    }

    private func decide<Response: ProxyResponse>(
        _ type: Response.Type, _ kind: EventKind, _ logger: Logger, _ outcome: inout Outcome,
        refuse: Decision<Response.ResultMessage> = .disconnect(.unhandled),
        accept: Decision<Response.ResultMessage> = .accept { Response.ResultMessage() },
        _ body: () async throws -> Decision<Response.ResultMessage>
    ) async -> EventResponse {
        do {
            var decision = try await body()
            if case .pass = decision { decision = self.unhandled(kind, refuse: refuse, accept: accept, logger, &outcome) }
            return .message(try Response(decision))
        } catch let error as CentrifugoClientError where kind != .refresh && kind != .subRefresh {
            return .message(Response.with { $0.error = error.proxied })
        } catch {
            return self.failure(error, type, kind, &outcome)
        }
    }

    private func failure<Response: ProxyResponse>(
        _ error: any Error, _ type: Response.Type, _ kind: EventKind, _ outcome: inout Outcome
    ) -> EventResponse {
        let fault = outcome.note(error)
        let text = self.isDebug ? String("\(Swift.type(of: error)): \(error)".prefix(200)) : "Unexpected system error"
        // A response would mean that it has expired; a failed call leaves it as it is.
        if kind == .refresh || kind == .subRefresh { return .failure(text) }
        if fault == .client { return .message(Response.with { $0.error = CentrifugoClientError.badRequest.proxied }) }
        return .message(Response.with { $0.error = CentrifugoClientError(known: 100, text, true).proxied })
    }

    /// The decision when no handler makes one.
    private func unhandled<Result>(
        _ kind: EventKind, refuse: Decision<Result>, accept: Decision<Result>, _ logger: Logger, _ outcome: inout Outcome
    ) -> Decision<Result> {
        outcome.isUnanswered = true
        if self.logged.withLock({ $0.insert(kind).inserted }) {
            logger.warning(
                "no handler answered a Centrifugo event; further events of this kind are not logged",
                metadata: ["rr.event": "\(kind.rawValue)"])
        }
        return self.unhandled[kind] == .accept ? accept : refuse
    }

    private func reply(to event: ChannelStateEvent, _ outcome: inout Outcome) async -> EventResponse {
        do {
            for handler in self.channelState.handlers(for: "") { try await handler(event) }
            return .message(ProxyNotifyChannelStateResponse.with { $0.result = ProxyNotifyChannelStateResult() })
        } catch {
            outcome.note(error)
            return .message(ProxyNotifyChannelStateResponse.with { $0.error = CentrifugoClientError.internalError.proxied })
        }
    }

    private func reply(to event: CacheEmptyEvent, _ outcome: inout Outcome) async -> EventResponse {
        do {
            let decision = try await Self.first(self.cacheEmpty.handlers(for: event.channel), event) { $0.decision }
            guard case .accept(let result) = decision else {
                return .message(ProxyNotifyCacheEmptyResponse.with { $0.result = .init() })
            }
            let value = try result()
            return .message(ProxyNotifyCacheEmptyResponse.with { $0.result = value })
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
