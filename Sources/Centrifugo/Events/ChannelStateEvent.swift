import RoadRunnerAPI

// Source: Centrifugo's documentation, "Proxy events to the backend".

/// Channels became occupied or vacated (Centrifugo PRO).
public struct ChannelStateEvent: Sendable, ProxyEvent {
    static let kind = EventKind.channelState

    /// A change of one channel.
    public struct Change: Sendable, Hashable {
        /// The channel.
        public let channel: String
        /// The change: `occupied` or `vacated`.
        public let type: String
        /// The time of the change, in milliseconds since 1970.
        public let milliseconds: Int64
    }

    let message: ProxyNotifyChannelStateRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    /// The changes, in order.
    public var changes: [Change] {
        self.message.events.map { Change(channel: $0.channel, type: $0.type, milliseconds: $0.timeMs) }
    }
}
