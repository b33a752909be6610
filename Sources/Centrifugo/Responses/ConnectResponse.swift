#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The response to a ``ConnectEvent``.
public struct ConnectResponse: Sendable {
    let decision: Decision<ProxyConnectResult>

    /// Connects the client.
    ///
    /// - Parameters:
    ///   - user: the user's id; empty for an anonymous connection.
    ///   - data: data for the client, with the connect reply. A value becomes JSON, a `ByteBuffer` is sent as it is; `info` and
    ///     `meta` alike.
    ///   - channels: server-side subscriptions without options.
    ///   - subscriptions: server-side subscriptions with options.
    ///   - expiresAt: when the connection must be refreshed; nil for never. A past date is error 110 for the client.
    ///   - info: information about the client that others see in presence and join messages.
    ///   - meta: data that Centrifugo keeps and sends with every event of this connection; clients do not see it.
    ///   - capabilities: permissions in channels (Centrifugo PRO).
    ///   - labels: labels that Centrifugo sends with every event of this connection (Centrifugo 6.9).
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

    /// Refuses the connection; the client gets the error, and gives up unless it is temporary.
    public static func error(_ error: CentrifugoClientError) -> ConnectResponse { ConnectResponse(decision: .error(error)) }
    /// Disconnects the client.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> ConnectResponse {
        ConnectResponse(decision: .disconnect(disconnect))
    }
    /// Lets the next handler decide.
    public static let pass = ConnectResponse(decision: .pass)
}
