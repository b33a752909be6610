#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The response to a ``SubscribeEvent``.
public struct SubscribeResponse: Sendable {
    let decision: Decision<ProxySubscribeResult>

    /// Subscribes the client.
    ///
    /// - Parameters:
    ///   - data: data for the client, with the subscribe reply. A value becomes JSON, a `ByteBuffer` is sent as it is; `info`
    ///     alike.
    ///   - expiresAt: when the subscription must be refreshed; nil for never. A past date is error 110 for the client.
    ///   - info: information about the client that others in this channel see.
    ///   - allow: the client's permissions in the channel (Centrifugo PRO).
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

    /// Refuses the subscription; the client gets the error.
    public static func error(_ error: CentrifugoClientError) -> SubscribeResponse { SubscribeResponse(decision: .error(error)) }
    /// Disconnects the client.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> SubscribeResponse {
        SubscribeResponse(decision: .disconnect(disconnect))
    }
    /// Lets the next handler decide.
    public static let pass = SubscribeResponse(decision: .pass)
}
