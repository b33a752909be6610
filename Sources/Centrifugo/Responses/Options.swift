package import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How a subscription differs from what its channel's namespace says; nil leaves it as it is.
public struct SubscriptionOverride: Sendable, Hashable {
    /// Whether the client is seen in the channel's presence.
    public var presence: Bool?
    /// Whether others are told when the client joins and leaves.
    public var joinLeave: Bool?
    /// Whether missed publications are recovered after a reconnect.
    public var forceRecovery: Bool?
    /// Whether gaps in the channel's stream are noticed.
    public var forcePositioning: Bool?
    /// Whether the client is told of joins and leaves without asking for it.
    public var forcePushJoinLeave: Bool?

    /// What is nil is left to the namespace.
    public init(
        presence: Bool? = nil, joinLeave: Bool? = nil, forceRecovery: Bool? = nil, forcePositioning: Bool? = nil,
        forcePushJoinLeave: Bool? = nil
    ) {
        self.presence = presence
        self.joinLeave = joinLeave
        self.forceRecovery = forceRecovery
        self.forcePositioning = forcePositioning
        self.forcePushJoinLeave = forcePushJoinLeave
    }

    package var message: ProxySubscribeOptionOverride {
        func value(_ flag: Bool) -> ProxyBoolValue { .with { $0.value = flag } }
        return .with { message in
            if let flag = self.presence { message.presence = value(flag) }
            if let flag = self.joinLeave { message.joinLeave = value(flag) }
            if let flag = self.forceRecovery { message.forceRecovery = value(flag) }
            if let flag = self.forcePositioning { message.forcePositioning = value(flag) }
            if let flag = self.forcePushJoinLeave { message.forcePushJoinLeave = value(flag) }
        }
    }
}

/// Which publications of a channel a subscription gets, by their tags (Centrifugo 6.9).
public struct TagsFilter: Sendable {
    package let message: ProxyFilterNode

    /// A tag compared with a value: `eq`, `neq`, `sw`, `ew`, `ct`, `gt`, `gte`, `lt`, `lte`.
    public static func compare(_ key: String, _ comparison: String, _ value: String) -> TagsFilter {
        TagsFilter(message: .with { ($0.key, $0.cmp, $0.val) = (key, comparison, value) })
    }

    /// A tag that has one of the values.
    public static func isOne(_ key: String, of values: [String]) -> TagsFilter {
        TagsFilter(message: .with { ($0.key, $0.cmp, $0.vals) = (key, "in", values) })
    }

    /// All of them.
    public static func all(_ filters: [TagsFilter]) -> TagsFilter {
        TagsFilter(message: .with { ($0.op, $0.nodes) = ("and", filters.map(\.message)) })
    }

    /// One of them.
    public static func any(_ filters: [TagsFilter]) -> TagsFilter {
        TagsFilter(message: .with { ($0.op, $0.nodes) = ("or", filters.map(\.message)) })
    }

    /// Not this one.
    public static func not(_ filter: TagsFilter) -> TagsFilter {
        TagsFilter(message: .with { ($0.op, $0.nodes) = ("not", [filter.message]) })
    }
}

/// A server-side subscription that a connect handler gives to a client.
public struct ServerSubscription: Sendable {
    /// When it expires and has to be refreshed; nil for never.
    public var expiresAt: Date?
    /// What others see of the client in this channel.
    public var info: (any Encodable & Sendable)?
    /// For the client.
    public var data: (any Encodable & Sendable)?
    /// How it differs from what the channel's namespace says.
    public var override: SubscriptionOverride?
    /// Which publications the client gets (Centrifugo 6.9).
    public var tagsFilter: TagsFilter?
    /// Whether the client gets the latest publication at once (Centrifugo 6.9).
    public var recoversFromCache: Bool

    /// A subscription with these options.
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

/// What a connection may do in channels (Centrifugo PRO).
public struct ChannelsCapability: Sendable, Hashable {
    /// Names or patterns, as ``match`` says.
    public var channels: [String]
    /// `pub`, `sub`, `prs`, `hst`.
    public var allow: [String]
    /// `wildcard` or `regex`; empty for exact names.
    public var match: String

    /// A capability of these channels.
    public init(channels: [String], allow: [String], match: String = "") {
        self.channels = channels
        self.allow = allow
        self.match = match
    }

    package var message: ProxyChannelsCapability {
        .with { ($0.channels, $0.allow, $0.match) = (self.channels, self.allow, self.match) }
    }
}

extension Date? {
    /// 0 for none, as Centrifugo has it.
    var unixSeconds: Int64 {
        guard let self else { return 0 }
        let seconds = self.timeIntervalSince1970.rounded(.up)
        // What is no time has passed, as far as anyone can tell.
        guard seconds > 1 else { return 1 }
        return seconds >= 9e15 ? 9_000_000_000_000_000 : Int64(seconds)
    }
}
