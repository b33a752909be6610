package import SwiftProtobuf

/// A response to an event of Centrifugo's proxy: a result, an error or a disconnect.
package protocol ProxyResponse: Message {
    associatedtype ResultMessage: Message
    var result: ResultMessage { get set }
    var hasResult: Bool { get }
    var error: ProxyError { get set }
    var hasError: Bool { get }
    var disconnect: ProxyDisconnect { get set }
    var hasDisconnect: Bool { get }
}

extension ProxyConnectResponse: ProxyResponse {}
extension ProxyRefreshResponse: ProxyResponse {}
extension ProxySubscribeResponse: ProxyResponse {}
extension ProxySubRefreshResponse: ProxyResponse {}
extension ProxyPublishResponse: ProxyResponse {}
extension ProxyRPCResponse: ProxyResponse {}
