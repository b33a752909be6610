import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The response to an event that at most one handler answers.
protocol HandlerResponse: Sendable {
    associatedtype Message: ProxyResponse
    var decision: Decision<Message.ResultMessage> { get }
    /// The decision about events that no handler answers.
    static var refused: Decision<Message.ResultMessage> { get }
    /// The decision about events that no handler answers, if the application accepts them.
    static var accepted: Decision<Message.ResultMessage> { get }
}

extension HandlerResponse {
    static var refused: Decision<Message.ResultMessage> { .disconnect(.unhandled) }
    static var accepted: Decision<Message.ResultMessage> { .accept { Message.ResultMessage() } }
}

extension ConnectResponse: HandlerResponse { typealias Message = ProxyConnectResponse }

extension SubscribeResponse: HandlerResponse { typealias Message = ProxySubscribeResponse }

extension PublishResponse: HandlerResponse { typealias Message = ProxyPublishResponse }

extension RPCResponse: HandlerResponse {
    typealias Message = ProxyRPCResponse
    static var refused: Decision<ProxyRPCResult> { .error(.methodNotFound) }
}

extension RefreshResponse: HandlerResponse {
    typealias Message = ProxyRefreshResponse
    static var refused: Decision<ProxyRefreshResult> { Self.expired.decision }
    static var accepted: Decision<ProxyRefreshResult> { Self.extend(until: Date() + 3600).decision }
}

extension SubRefreshResponse: HandlerResponse {
    typealias Message = ProxySubRefreshResponse
    static var refused: Decision<ProxySubRefreshResult> { Self.expired.decision }
    static var accepted: Decision<ProxySubRefreshResult> { Self.extend(until: Date() + 3600).decision }
}
