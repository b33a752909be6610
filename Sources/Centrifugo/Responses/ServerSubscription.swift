#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A server-side subscription that a connect handler gives to a client.
public struct ServerSubscription: Sendable {
    /// When it expires and must be refreshed; nil for never.
    public var expiresAt: Date?
    /// Information about the client that others in this channel see.
    public var info: (any Encodable & Sendable)?
    /// Data for the client.
    public var data: (any Encodable & Sendable)?
    /// Changes of the namespace's options.
    public var override: SubscriptionOverride?
    /// Limits the publications that the client gets (Centrifugo 6.9).
    public var tagsFilter: TagsFilter?
    /// Whether the client gets the latest publication at once (Centrifugo 6.9).
    public var recoversFromCache: Bool

    /// Creates a subscription with these options.
    public init(
        expiresAt: Date? = nil, info: (any Encodable & Sendable)? = nil, data: (any Encodable & Sendable)? = nil,
        override: SubscriptionOverride? = nil, tagsFilter: TagsFilter? = nil, recoversFromCache: Bool = false
    ) {
        self.expiresAt = expiresAt
        self.info = info
        self.data = data
        self.override = override
        self.tagsFilter = tagsFilter
        self.recoversFromCache = recoversFromCache
    }

    func message() throws -> ProxySubscribeOptions {
        var message = ProxySubscribeOptions()
        message.expireAt = self.expiresAt.unixSeconds
        message.info = try OutgoingData(self.info)?.encoded() ?? Data()
        message.data = try OutgoingData(self.data)?.encoded() ?? Data()
        if let override = self.override { message.override = override.message }
        if let filter = self.tagsFilter { message.serverTagsFilter = filter.message }
        message.cacheRecover = self.recoversFromCache
        return message
    }
}
