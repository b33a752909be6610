import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What becomes of an event: its handler's response, or the question to the next handler.
package enum Decision<Result: Sendable>: Sendable {
    case accept(@Sendable () throws -> Result)
    case error(CentrifugoClientError)
    case disconnect(CentrifugoClientDisconnect)
    case pass
}

/// The response to a ``ConnectEvent``.
public struct ConnectResponse: Sendable {
    let decision: Decision<ProxyConnectResult>

    /// The client is connected.
    ///
    /// - Parameters:
    ///   - user: its id; empty for an anonymous connection.
    ///   - data: for the client, with the connect reply. A value becomes JSON, a `ByteBuffer` is sent as it is; so are `info` and `meta`.
    ///   - channels: server-side subscriptions without options.
    ///   - subscriptions: server-side subscriptions with options.
    ///   - expiresAt: when the connection has to be refreshed; nil for never. In the past it is error 110 for the client.
    ///   - info: what others see of the client in presence and join messages.
    ///   - meta: kept at Centrifugo and sent with every event of this connection; clients do not see it.
    ///   - capabilities: Centrifugo PRO.
    ///   - labels: sent with every event of this connection (Centrifugo 6.9).
    public static func accept(
        user: String = "", data: (any Encodable & Sendable)? = nil, channels: [String] = [],
        subscriptions: [String: ServerSubscription] = [:], expiresAt: Date? = nil, info: (any Encodable & Sendable)? = nil,
        meta: (any Encodable & Sendable)? = nil, capabilities: [ChannelsCapability] = [], labels: [String: String] = [:]
    ) -> ConnectResponse {
        ConnectResponse(
            decision: .accept {
                var result = ProxyConnectResult()
                result.user = user
                result.data = try OutgoingData(data)?.encoded() ?? Data()
                result.channels = channels
                result.subs = try subscriptions.mapValues { try $0.message() }
                result.expireAt = expiresAt.unixSeconds
                result.info = try OutgoingData(info)?.encoded() ?? Data()
                result.meta = try OutgoingData(meta)?.encoded() ?? Data()
                result.caps = capabilities.map(\.message)
                result.labels = labels
                return result
            })
    }

    /// The client is not connected and gets the error. Unless it is temporary, clients give up.
    public static func error(_ error: CentrifugoClientError) -> ConnectResponse { ConnectResponse(decision: .error(error)) }
    /// The client is disconnected.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> ConnectResponse {
        ConnectResponse(decision: .disconnect(disconnect))
    }
    /// The next handler decides.
    public static let pass = ConnectResponse(decision: .pass)
}

/// The response to a ``SubscribeEvent``.
public struct SubscribeResponse: Sendable {
    let decision: Decision<ProxySubscribeResult>

    /// The client is subscribed.
    ///
    /// - Parameters:
    ///   - data: for the client, with the subscribe reply. A value becomes JSON, a `ByteBuffer` is sent as it is; so is `info`.
    ///   - expiresAt: when the subscription has to be refreshed; nil for never. In the past it is error 110 for the client.
    ///   - info: what others see of the client in this channel.
    ///   - allow: what the client may do in the channel (Centrifugo PRO).
    public static func accept(
        data: (any Encodable & Sendable)? = nil, expiresAt: Date? = nil, info: (any Encodable & Sendable)? = nil,
        override: SubscriptionOverride? = nil, allow: [String] = [], tagsFilter: TagsFilter? = nil
    ) -> SubscribeResponse {
        SubscribeResponse(
            decision: .accept {
                var result = ProxySubscribeResult()
                result.data = try OutgoingData(data)?.encoded() ?? Data()
                result.expireAt = expiresAt.unixSeconds
                result.info = try OutgoingData(info)?.encoded() ?? Data()
                if let override { result.override = override.message }
                result.allow = allow
                if let tagsFilter { result.serverTagsFilter = tagsFilter.message }
                return result
            })
    }

    /// The client is not subscribed and gets the error.
    public static func error(_ error: CentrifugoClientError) -> SubscribeResponse { SubscribeResponse(decision: .error(error)) }
    /// The client is disconnected.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> SubscribeResponse {
        SubscribeResponse(decision: .disconnect(disconnect))
    }
    /// The next handler decides.
    public static let pass = SubscribeResponse(decision: .pass)
}

/// The response to a ``PublishEvent``.
public struct PublishResponse: Sendable {
    let decision: Decision<ProxyPublishResult>

    /// It is published.
    ///
    /// - Parameters:
    ///   - data: instead of what the client has sent; nil leaves it. A value becomes JSON, a `ByteBuffer` is sent as it is.
    ///   - skipsHistory: whether it is left out of the channel's history.
    ///   - tags: for subscribers and filters.
    ///   - idempotencyKey: publications with the same one are published once.
    ///   - usesDelta: whether it is sent as a difference to the one before, where the channel allows it.
    ///   - version: publications with an older one are dropped.
    public static func accept(
        data: (any Encodable & Sendable)? = nil, skipsHistory: Bool = false, tags: [String: String] = [:],
        idempotencyKey: String = "", usesDelta: Bool = false, version: UInt64 = 0, versionEpoch: String = ""
    ) -> PublishResponse {
        PublishResponse(
            decision: .accept {
                var result = ProxyPublishResult()
                result.data = try OutgoingData(data)?.encoded() ?? Data()
                result.skipHistory = skipsHistory
                result.tags = tags
                result.idempotencyKey = idempotencyKey
                result.delta = usesDelta
                result.version = version
                result.versionEpoch = versionEpoch
                return result
            })
    }

    /// It is not published and the client gets the error.
    public static func error(_ error: CentrifugoClientError) -> PublishResponse { PublishResponse(decision: .error(error)) }
    /// The client is disconnected.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> PublishResponse {
        PublishResponse(decision: .disconnect(disconnect))
    }
    /// The next handler decides.
    public static let pass = PublishResponse(decision: .pass)
}

/// The response to an ``RPCEvent``.
public struct RPCResponse: Sendable {
    let decision: Decision<ProxyRPCResult>

    /// The call's result. A value becomes JSON, a `ByteBuffer` is sent as it is.
    public static func reply(_ data: (any Encodable & Sendable)? = nil) -> RPCResponse {
        RPCResponse(
            decision: .accept {
                var result = ProxyRPCResult()
                result.data = try OutgoingData(data)?.encoded() ?? Data()
                return result
            })
    }

    /// The call fails with the error.
    public static func error(_ error: CentrifugoClientError) -> RPCResponse { RPCResponse(decision: .error(error)) }
    /// The client is disconnected.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> RPCResponse {
        RPCResponse(decision: .disconnect(disconnect))
    }
    /// The next handler decides.
    public static let pass = RPCResponse(decision: .pass)
}

/// The response to a ``RefreshEvent``. Centrifugo takes errors and disconnects for "expired", so that there are none.
public struct RefreshResponse: Sendable {
    let decision: Decision<ProxyRefreshResult>

    /// The connection goes on.
    ///
    /// - Parameters:
    ///   - until: when it has to be refreshed again.
    ///   - info: what others see of the client from now on; nil leaves it. A value becomes JSON, a `ByteBuffer` is sent as it is.
    ///   - meta: kept at Centrifugo from now on; nil leaves it.
    public static func extend(
        until date: Date, info: (any Encodable & Sendable)? = nil, meta: (any Encodable & Sendable)? = nil,
        capabilities: [ChannelsCapability] = []
    ) -> RefreshResponse {
        RefreshResponse(
            decision: .accept {
                var result = ProxyRefreshResult()
                result.expireAt = Optional(date).unixSeconds
                result.info = try OutgoingData(info)?.encoded() ?? Data()
                result.meta = try OutgoingData(meta)?.encoded() ?? Data()
                result.caps = capabilities.map(\.message)
                return result
            })
    }

    /// The connection is closed with the code 3005; clients connect again.
    public static let expired = RefreshResponse(decision: .accept { .with { $0.expired = true } })
    /// The next handler decides.
    public static let pass = RefreshResponse(decision: .pass)
}

/// The response to a ``SubRefreshEvent``. Centrifugo takes errors and disconnects for "expired", so that there are none.
public struct SubRefreshResponse: Sendable {
    let decision: Decision<ProxySubRefreshResult>

    /// The subscription goes on.
    ///
    /// - Parameters:
    ///   - until: when it has to be refreshed again.
    ///   - info: what others see of the client in this channel from now on; nil leaves it.
    public static func extend(until date: Date, info: (any Encodable & Sendable)? = nil) -> SubRefreshResponse {
        SubRefreshResponse(
            decision: .accept {
                var result = ProxySubRefreshResult()
                result.expireAt = Optional(date).unixSeconds
                result.info = try OutgoingData(info)?.encoded() ?? Data()
                return result
            })
    }

    /// The client is unsubscribed with the code 2501; it subscribes again.
    public static let expired = SubRefreshResponse(decision: .accept { .with { $0.expired = true } })
    /// The next handler decides.
    public static let pass = SubRefreshResponse(decision: .pass)
}

/// The response to a ``CacheEmptyEvent``.
public struct CacheEmptyResponse: Sendable {
    let decision: Decision<ProxyNotifyCacheEmptyResult>

    /// The handler has published something to the channel.
    public static let populated = CacheEmptyResponse(decision: .accept { .with { $0.populated = true } })
    /// There is nothing to publish.
    public static let empty = CacheEmptyResponse(decision: .accept { ProxyNotifyCacheEmptyResult() })
    /// The next handler decides.
    public static let pass = CacheEmptyResponse(decision: .pass)
}
