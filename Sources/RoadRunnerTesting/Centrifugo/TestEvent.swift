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

    private init(_ type: String, _ metadata: [String: [String]], _ message: some Message) {
        self.init(type: type, metadata: metadata, message: ByteBuffer(bytes: (try? message.serializedBytes() as [UInt8]) ?? []))
    }

    /// A client connects.
    public static func connect(
        data: String = "", client: String = "client", channels: [String] = [], metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent(
            "connect", metadata,
            ProxyConnectRequest.with {
                ($0.client, $0.transport, $0.protocol, $0.encoding) = (client, "websocket", "json", "json")
                ($0.data, $0.channels) = (Data(data.utf8), channels)
            })
    }

    /// A connection is about to expire.
    public static func refresh(user: String, client: String = "client", metadata: [String: [String]] = [:]) -> TestEvent {
        TestEvent(
            "refresh", metadata,
            ProxyRefreshRequest.with {
                ($0.client, $0.transport, $0.protocol, $0.encoding) = (client, "websocket", "json", "json")
                $0.user = user
            })
    }

    /// A client subscribes to a channel.
    public static func subscribe(
        _ channel: String, user: String, data: String = "", client: String = "client", metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent(
            "subscribe", metadata,
            ProxySubscribeRequest.with {
                ($0.client, $0.transport, $0.protocol, $0.encoding) = (client, "websocket", "json", "json")
                ($0.channel, $0.user, $0.data) = (channel, user, Data(data.utf8))
            })
    }

    /// A subscription is about to expire.
    public static func subRefresh(
        _ channel: String, user: String, client: String = "client", metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent(
            "subrefresh", metadata,
            ProxySubRefreshRequest.with {
                ($0.client, $0.transport, $0.protocol, $0.encoding) = (client, "websocket", "json", "json")
                ($0.channel, $0.user) = (channel, user)
            })
    }

    /// A client publishes to a channel.
    public static func publish(
        _ data: String, to channel: String, user: String, client: String = "client", metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent(
            "publish", metadata,
            ProxyPublishRequest.with {
                ($0.client, $0.transport, $0.protocol, $0.encoding) = (client, "websocket", "json", "json")
                ($0.channel, $0.user, $0.data) = (channel, user, Data(data.utf8))
            })
    }

    /// A client calls a method.
    public static func rpc(
        _ method: String, data: String = "", user: String, client: String = "client", metadata: [String: [String]] = [:]
    ) -> TestEvent {
        TestEvent(
            "rpc", metadata,
            ProxyRPCRequest.with {
                ($0.client, $0.transport, $0.protocol, $0.encoding) = (client, "websocket", "json", "json")
                ($0.method, $0.user, $0.data) = (method, user, Data(data.utf8))
            })
    }

    /// RoadRunner appends the type to the values that clients sent under that name.
    func context() throws -> ByteBuffer {
        var values = self.metadata
        values["type", default: []].append(self.type)
        return ByteBuffer(bytes: try JSONEncoder().encode(values))
    }
}

protocol ProxyResponse {
    associatedtype ResultMessage
    var result: ResultMessage { get }
    var error: ProxyError { get }
    var disconnect: ProxyDisconnect { get }
    var hasResult: Bool { get }
    var hasError: Bool { get }
    var hasDisconnect: Bool { get }
}

extension ProxyConnectResponse: ProxyResponse {}
extension ProxyRefreshResponse: ProxyResponse {}
extension ProxySubscribeResponse: ProxyResponse {}
extension ProxySubRefreshResponse: ProxyResponse {}
extension ProxyPublishResponse: ProxyResponse {}
extension ProxyRPCResponse: ProxyResponse {}
