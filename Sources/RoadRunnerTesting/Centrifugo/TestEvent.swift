public import NIOCore
import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An event of Centrifugo, as RoadRunner's `centrifuge` plugin passes it to a worker.
public struct TestEvent: Sendable {
    /// RoadRunner's name of the event: `connect`, `subrefresh` and so on.
    public var type: String
    /// The call's metadata: forwarded headers, in lower case.
    public var metadata: [String: [String]]
    /// The message, encoded.
    public var message: ByteBuffer

    /// Creates any event.
    public init(type: String, metadata: [String: [String]] = [:], message: ByteBuffer) {
        self.type = type
        self.metadata = metadata
        self.message = message
    }

    /// An event that a client caused, over a websocket with JSON.
    private init<Request: ProxyRequest>(
        _ type: String, client: String, metadata: [String: [String]], _ complete: (inout Request) -> Void
    ) {
        let message = Request.with {
            ($0.client, $0.transport, $0.protocol, $0.encoding) = (client, "websocket", "json", "json")
            complete(&$0)
        }
        self.init(type: type, metadata: metadata, message: (try? message.serializedBuffer()) ?? ByteBuffer())
    }

    /// A client connects.
    public static func connect(
        data: String = "", client: String = "client", channels: [String] = [], metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent("connect", client: client, metadata: metadata) { (request: inout ProxyConnectRequest) in
            (request.data, request.channels) = (Data(data.utf8), channels)
        }
    }

    /// A connection is about to expire.
    public static func refresh(user: String, client: String = "client", metadata: [String: [String]] = [:]) -> TestEvent {
        TestEvent("refresh", client: client, metadata: metadata) { (request: inout ProxyRefreshRequest) in
            request.user = user
        }
    }

    /// A client subscribes to a channel.
    public static func subscribe(
        _ channel: String, user: String, data: String = "", client: String = "client", metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent("subscribe", client: client, metadata: metadata) { (request: inout ProxySubscribeRequest) in
            (request.channel, request.user, request.data) = (channel, user, Data(data.utf8))
        }
    }

    /// A subscription is about to expire.
    public static func subRefresh(
        _ channel: String, user: String, client: String = "client", metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent("subrefresh", client: client, metadata: metadata) { (request: inout ProxySubRefreshRequest) in
            (request.channel, request.user) = (channel, user)
        }
    }

    /// A client publishes to a channel.
    public static func publish(
        _ data: String, to channel: String, user: String, client: String = "client", metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent("publish", client: client, metadata: metadata) { (request: inout ProxyPublishRequest) in
            (request.channel, request.user, request.data) = (channel, user, Data(data.utf8))
        }
    }

    /// A client calls a method.
    public static func rpc(
        _ method: String, data: String = "", user: String, client: String = "client", metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent("rpc", client: client, metadata: metadata) { (request: inout ProxyRPCRequest) in
            (request.method, request.user, request.data) = (method, user, Data(data.utf8))
        }
    }

    /// RoadRunner appends the type to the values that clients sent under that name.
    func context() throws -> ByteBuffer {
        var values = self.metadata
        values["type", default: []].append(self.type)
        return ByteBuffer(bytes: try JSONEncoder().encode(values))
    }
}
