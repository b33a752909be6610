import RoadRunnerAPI

// Source: Centrifugo's documentation, "Proxy events to the backend".

/// A client connects without a token. Clients with a token bypass the proxy.
public struct ConnectEvent: Sendable, ProxyEvent {
    static let kind = EventKind.connect
    let message: ProxyConnectRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// The protocol of client and Centrifugo: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``data`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// The data that the client sent.
    public var data: EventPayload { EventPayload(self.message.data, base64: self.message.b64Data) }
    /// The name of the client's library or application.
    public var name: String { self.message.name }
    /// The version of the client's library or application.
    public var version: String { self.message.version }
    /// The server-side subscriptions that the client requests.
    public var channels: [String] { self.message.channels }
}
