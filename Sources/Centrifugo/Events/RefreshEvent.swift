import RoadRunnerAPI

// Source: Centrifugo's documentation, "Proxy events to the backend".

/// A connection is about to expire.
public struct RefreshEvent: Sendable, ProxyEvent {
    static let kind = EventKind.refresh
    let message: ProxyRefreshRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// The protocol of client and Centrifugo: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``meta`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// The user's id; empty for an anonymous connection.
    public var user: String { self.message.user }
    /// Data that the connect handler attached to the connection. Clients do not see it.
    public var meta: EventPayload { EventPayload(self.message.meta) }
    /// The connection's labels (Centrifugo 6.9).
    public var labels: [String: String] { self.message.labels }
}
