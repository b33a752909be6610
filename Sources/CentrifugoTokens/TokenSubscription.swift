/// The options of a subscription that a token starts, where they differ from its channel's namespace.
public struct TokenSubscription: Sendable {
    /// Changes of the namespace's options; nil leaves an option as it is.
    public struct Override: Sendable, Hashable {
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

        var claims: TokenClaims {
            let flags = [
                "presence": self.presence, "join_leave": self.joinLeave, "force_recovery": self.forceRecovery,
                "force_positioning": self.forcePositioning, "force_push_join_leave": self.forcePushJoinLeave,
            ]
            return TokenClaims(flags.compactMapValues { $0.map { ["value": $0] } })
        }
    }

    /// Information about the client that others in this channel see.
    public var info: (any Encodable & Sendable)?
    /// Data for the client.
    public var data: (any Encodable & Sendable)?
    /// Changes of the namespace's options.
    public var override: Override?

    /// Creates a subscription with these options.
    public init(
        info: (any Encodable & Sendable)? = nil, data: (any Encodable & Sendable)? = nil, override: Override? = nil
    ) {
        self.info = info
        self.data = data
        self.override = override
    }

    var claims: TokenClaims {
        var claims = TokenClaims()
        claims.setPayload("info", self.info)
        claims.setPayload("data", self.data)
        claims["override"] = self.override?.claims
        return claims
    }
}
