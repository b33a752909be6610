package import RoadRunnerAPI

// Source: Centrifugo's documentation, "Proxy events to the backend".

/// A client connects, without a token: with one Centrifugo does not ask.
public struct ConnectEvent: Sendable {
    package let message: ProxyConnectRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxyConnectRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// What client and Centrifugo speak: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``data`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// What the client has sent along.
    public var data: EventPayload { EventPayload(self.message.data, base64: self.message.b64Data) }
    /// The name of the client's library or application.
    public var name: String { self.message.name }
    /// The version of the client's library or application.
    public var version: String { self.message.version }
    /// The server-side subscriptions that the client asks for.
    public var channels: [String] { self.message.channels }
}

/// A connection is about to expire.
public struct RefreshEvent: Sendable {
    package let message: ProxyRefreshRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxyRefreshRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// What client and Centrifugo speak: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``meta`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// The user's id; empty for an anonymous connection.
    public var user: String { self.message.user }
    /// What the connect handler has attached to the connection, which clients do not see.
    public var meta: EventPayload { EventPayload(self.message.meta) }
    /// The connection's labels (Centrifugo 6.9).
    public var labels: [String: String] { self.message.labels }
}

/// A client subscribes to a channel, without a token: with one Centrifugo does not ask.
public struct SubscribeEvent: Sendable {
    package let message: ProxySubscribeRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxySubscribeRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// What client and Centrifugo speak: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``data`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// The user's id; empty for an anonymous connection.
    public var user: String { self.message.user }
    /// The channel.
    public var channel: String { self.message.channel }
    /// The subscription token, where Centrifugo hands it on.
    public var token: String { self.message.token }
    /// What the client has sent along.
    public var data: EventPayload { EventPayload(self.message.data, base64: self.message.b64Data) }
    /// What the connect handler has attached to the connection, which clients do not see.
    public var meta: EventPayload { EventPayload(self.message.meta) }
    /// The connection's labels (Centrifugo 6.9).
    public var labels: [String: String] { self.message.labels }
}

/// A subscription is about to expire.
public struct SubRefreshEvent: Sendable {
    package let message: ProxySubRefreshRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxySubRefreshRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// What client and Centrifugo speak: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``meta`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// The user's id; empty for an anonymous connection.
    public var user: String { self.message.user }
    /// The channel.
    public var channel: String { self.message.channel }
    /// What the connect handler has attached to the connection, which clients do not see.
    public var meta: EventPayload { EventPayload(self.message.meta) }
    /// The connection's labels (Centrifugo 6.9).
    public var labels: [String: String] { self.message.labels }
}

/// A client publishes to a channel.
public struct PublishEvent: Sendable {
    package let message: ProxyPublishRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxyPublishRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// What client and Centrifugo speak: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``data`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// The user's id; empty for an anonymous connection.
    public var user: String { self.message.user }
    /// The channel.
    public var channel: String { self.message.channel }
    /// What the client publishes.
    public var data: EventPayload { EventPayload(self.message.data, base64: self.message.b64Data) }
    /// What the connect handler has attached to the connection, which clients do not see.
    public var meta: EventPayload { EventPayload(self.message.meta) }
    /// The connection's labels (Centrifugo 6.9).
    public var labels: [String: String] { self.message.labels }
}

/// A client calls a method.
public struct RPCEvent: Sendable {
    package let message: ProxyRPCRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxyRPCRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// The client's id, made by Centrifugo for this connection.
    public var client: String { self.message.client }
    /// `websocket`, `sse` and the like.
    public var transport: String { self.message.transport }
    /// What client and Centrifugo speak: `json` or `protobuf`.
    public var protocolType: String { self.message.protocol }
    /// How ``data`` is encoded: `json` or `binary`.
    public var encoding: String { self.message.encoding }
    /// The user's id; empty for an anonymous connection.
    public var user: String { self.message.user }
    /// The method's name.
    public var method: String { self.message.method }
    /// The arguments.
    public var data: EventPayload { EventPayload(self.message.data, base64: self.message.b64Data) }
    /// What the connect handler has attached to the connection, which clients do not see.
    public var meta: EventPayload { EventPayload(self.message.meta) }
    /// The connection's labels (Centrifugo 6.9).
    public var labels: [String: String] { self.message.labels }
}

/// Channels have become occupied or vacated (Centrifugo PRO).
public struct ChannelStateEvent: Sendable {
    /// What happened to one channel.
    public struct Change: Sendable, Hashable {
        /// The channel.
        public let channel: String
        /// `occupied` or `vacated`.
        public let type: String
        /// In milliseconds since 1970.
        public let milliseconds: Int64
    }

    package let message: ProxyNotifyChannelStateRequest
    /// The headers of the call.
    public let metadata: ProxyMetadata

    package init(_ message: ProxyNotifyChannelStateRequest, _ metadata: ProxyMetadata) {
        self.message = message
        self.metadata = metadata
    }

    /// What happened, in order.
    public var changes: [Change] {
        self.message.events.map { Change(channel: $0.channel, type: $0.type, milliseconds: $0.timeMs) }
    }
}

/// A channel's cache is empty (Centrifugo PRO, and a RoadRunner that is newer than v2025.1).
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

/// Any event, for listeners.
public enum CentrifugoEvent: Sendable {
    /// A client connects.
    case connect(ConnectEvent)
    /// A connection is about to expire.
    case refresh(RefreshEvent)
    /// A client subscribes.
    case subscribe(SubscribeEvent)
    /// A subscription is about to expire.
    case subRefresh(SubRefreshEvent)
    /// A client publishes.
    case publish(PublishEvent)
    /// A client calls a method.
    case rpc(RPCEvent)
    /// Channels have become occupied or vacated.
    case channelState(ChannelStateEvent)
    /// A channel's cache is empty.
    case cacheEmpty(CacheEmptyEvent)
    /// RoadRunner calls it by a type that this package does not know, or its message could not be decoded.
    case invalid(type: String, reason: String)
}
