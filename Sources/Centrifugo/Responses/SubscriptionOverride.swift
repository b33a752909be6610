package import RoadRunnerAPI
import SwiftProtobuf

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

    /// Creates an override. What is nil is left to the channel's namespace.
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
