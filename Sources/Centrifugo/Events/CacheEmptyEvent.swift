package import RoadRunnerAPI

// Source: Centrifugo's documentation, "Proxy events to the backend".

/// A channel's cache is empty (Centrifugo PRO, and a RoadRunner newer than v2025.1).
public struct CacheEmptyEvent: Sendable {
    package let message: ProxyNotifyCacheEmptyRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxyNotifyCacheEmptyRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// The channel.
    public var channel: String { self.message.channel }
}
