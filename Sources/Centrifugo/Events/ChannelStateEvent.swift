package import RoadRunnerAPI

// Source: Centrifugo's documentation, "Proxy events to the backend".

/// Channels became occupied or vacated (Centrifugo PRO).
public struct ChannelStateEvent: Sendable {
    /// A change of one channel.
    public struct Change: Sendable, Hashable {
        /// The channel.
        public let channel: String
        /// The change: `occupied` or `vacated`.
        public let type: String
        /// The time of the change, in milliseconds since 1970.
        public let milliseconds: Int64
    }

    package let message: ProxyNotifyChannelStateRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxyNotifyChannelStateRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// The changes, in order.
    public var changes: [Change] {
        self.message.events.map { Change(channel: $0.channel, type: $0.type, milliseconds: $0.timeMs) }
    }
}
