import RoadRunnerAPI

// Source: Centrifugo's documentation, "Proxy events to the backend".

/// A client subscribes to a channel without a token. Clients with a subscription token bypass the proxy.
public struct SubscribeEvent: Sendable, ProxyEvent {
    static let kind = EventKind.subscribe
    let message: ProxySubscribeRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata
    var subject: String? { self.channel }

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// The protocol of client and Centrifugo: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``data`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// The user's id; empty for an anonymous connection.
    public var user: String { self.message.user }
    /// The channel.
    public var channel: String { self.message.channel }
    /// The subscription token, if Centrifugo passes it on.
    public var token: String { self.message.token }
    /// The data that the client sent.
    public var data: EventPayload { EventPayload(self.message.data, base64: self.message.b64Data) }
    /// Data that the connect handler attached to the connection. Clients do not see it.
    public var meta: EventPayload { EventPayload(self.message.meta) }
    /// The connection's labels (Centrifugo 6.9).
    public var labels: [String: String] { self.message.labels }
}
