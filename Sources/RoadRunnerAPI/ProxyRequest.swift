package import SwiftProtobuf

/// An event of Centrifugo's proxy that a client caused.
package protocol ProxyRequest: Message {
    var client: String { get set }
    var transport: String { get set }
    var `protocol`: String { get set }
    var encoding: String { get set }
}

extension ProxyConnectRequest: ProxyRequest {}
extension ProxyRefreshRequest: ProxyRequest {}
extension ProxySubscribeRequest: ProxyRequest {}
extension ProxySubRefreshRequest: ProxyRequest {}
extension ProxyPublishRequest: ProxyRequest {}
extension ProxyRPCRequest: ProxyRequest {}
