#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

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
