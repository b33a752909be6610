package import RoadRunnerAPI
import SwiftProtobuf

/// Permissions of a connection in channels (Centrifugo PRO).
public struct ChannelsCapability: Sendable, Hashable {
    /// The channels: names or patterns, depending on ``match``.
    public var channels: [String]
    /// The permissions: `pub`, `sub`, `prs`, `hst`.
    public var allow: [String]
    /// How ``channels`` match: `wildcard` or `regex`; empty for exact names.
    public var match: String

    /// Creates a capability for channels.
    public init(channels: [String], allow: [String], match: String = "") {
        self.channels = channels
        self.allow = allow
        self.match = match
    }

    package var message: ProxyChannelsCapability {
        .with { ($0.channels, $0.allow, $0.match) = (self.channels, self.allow, self.match) }
    }
}
