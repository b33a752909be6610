import RoadRunnerAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The response to an ``RPCEvent``.
public struct RPCResponse: Sendable {
    let decision: Decision<ProxyRPCResult>

    /// Returns the call's result. A value becomes JSON, a `ByteBuffer` is sent as it is.
    public static func reply(_ data: (any Encodable & Sendable)? = nil) -> RPCResponse {
        RPCResponse(
            decision: .accept {
                var result = ProxyRPCResult()
                result.data = try OutgoingData(data)?.encoded() ?? Data()
                return result
            })
    }

    /// Fails the call with the error.
    public static func error(_ error: CentrifugoClientError) -> RPCResponse { RPCResponse(decision: .error(error)) }
    /// Disconnects the client.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> RPCResponse {
        RPCResponse(decision: .disconnect(disconnect))
    }
    /// Lets the next handler decide.
    public static let pass = RPCResponse(decision: .pass)
}
