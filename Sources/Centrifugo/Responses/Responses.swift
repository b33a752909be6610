import RoadRunnerAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The decision of a handler: its response to an event, or the question to the next handler.
package enum Decision<Result: Sendable>: Sendable {
    case accept(@Sendable () throws -> Result)
    case error(CentrifugoClientError)
    case disconnect(CentrifugoClientDisconnect)
    case pass
}

/// The response to an ``RPCEvent``.
public struct RPCResponse: Sendable {
    let decision: Decision<ProxyRPCResult>

    /// The call's result. A value becomes JSON, a `ByteBuffer` is sent as it is.
    public static func reply(_ data: (any Encodable & Sendable)? = nil) -> RPCResponse {
        RPCResponse(
            decision: .accept {
                var result = ProxyRPCResult()
                result.data = try OutgoingData(data)?.encoded() ?? Data()
                return result
            })
    }

    /// The call fails with the error.
    public static func error(_ error: CentrifugoClientError) -> RPCResponse { RPCResponse(decision: .error(error)) }
    /// The client is disconnected.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> RPCResponse {
        RPCResponse(decision: .disconnect(disconnect))
    }
    /// The next handler decides.
    public static let pass = RPCResponse(decision: .pass)
}
