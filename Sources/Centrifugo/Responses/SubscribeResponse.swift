#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

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
