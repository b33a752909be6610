import RoadRunnerAPI

// Source: Centrifugo's documentation, "Proxy events to the backend".

/// A channel's cache is empty (Centrifugo PRO, and a RoadRunner newer than v2025.1).
public struct CacheEmptyEvent: Sendable, ProxyEvent {
    static let kind = EventKind.cacheEmpty
    let message: ProxyNotifyCacheEmptyRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata
    var subject: String? { self.channel }

    /// The channel.
    public var channel: String { self.message.channel }
}
