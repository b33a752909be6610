import RoadRunnerAPI
import SwiftProtobuf

/// An event of one kind.
protocol ProxyEvent: Sendable {
    associatedtype Message: SwiftProtobuf.Message
    static var kind: EventKind { get }
    /// The channel, or the name of the called method.
    var subject: String? { get }
    /// The client that caused it.
    var clientID: String? { get }
    var message: Message { get }
    var metadata: ProxyMetadata { get }

    init(message: Message, metadata: ProxyMetadata)
}

extension ProxyEvent {
    var kind: EventKind { Self.kind }
    var subject: String? { nil }
    var clientID: String? { nil }
}

extension ProxyEvent where Message: ProxyRequest {
    var clientID: String? { self.message.client }
}
