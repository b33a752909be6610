package import RoadRunnerAPI
import SwiftProtobuf

/// The options of a subscription that differ from its channel's namespace; nil keeps the namespace's.
public struct SubscriptionOverride: Sendable, Hashable {
    /// Whether the client is seen in the channel's presence.
    public var presence: Bool?
    /// Whether others are notified when the client joins and leaves.
    public var joinLeave: Bool?
    /// Whether missed publications are recovered after a reconnect.
    public var forceRecovery: Bool?
    /// Whether gaps in the channel's stream are detected.
    public var forcePositioning: Bool?
    /// Whether the client is notified of joins and leaves without asking for it.
    public var forcePushJoinLeave: Bool?

    /// Creates an override. Options that are nil keep the namespace's value.
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
