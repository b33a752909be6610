import RoadRunnerAPI
package import SwiftProtobuf

/// The response to an event.
package enum EventResponse: Sendable {
    case message(any Message)
    /// The call itself fails; connections and subscriptions stay as they are.
    case failure(String)
}

extension ProxyResponse {
    /// - Throws: also for `pass`, since an empty response would mean "accepted".
    init(_ decision: Decision<ResultMessage>) throws {
        self.init()
        switch decision {
        case .accept(let result): self.result = try result()
        case .error(let error): self.error = error.proxied
        case .disconnect(let disconnect): self.disconnect = disconnect.proxied
        case .pass: throw CentrifugoClientError.internalError
        }
    }
}

extension CentrifugoClientError {
    var proxied: ProxyError { .with { ($0.code, $0.message, $0.temporary) = (self.code, self.message, self.isTemporary) } }
}

extension CentrifugoClientDisconnect {
    var proxied: ProxyDisconnect { .with { ($0.code, $0.reason) = (self.code, self.reason) } }
}
