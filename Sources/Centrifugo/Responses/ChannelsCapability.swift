package import RoadRunnerAPI
import SwiftProtobuf

/// Permissions of a connection in channels (Centrifugo PRO).
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
