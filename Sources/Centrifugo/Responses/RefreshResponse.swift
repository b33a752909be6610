import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The response to a ``RefreshEvent``. Centrifugo takes errors and disconnects for "expired", so it has neither.
public struct RefreshResponse: Sendable {
    let decision: Decision<ProxyRefreshResult>

    /// Extends the connection.
    ///
    /// - Parameters:
    ///   - until: when it must be refreshed again.
    ///   - info: new information about the client for others; nil keeps it. A value becomes JSON, a `ByteBuffer` is sent as it is.
    ///   - meta: new data for Centrifugo to keep; nil keeps it.
    public static func extend(
        until date: Date, info: (any Encodable & Sendable)? = nil, meta: (any Encodable & Sendable)? = nil,
        capabilities: [ChannelsCapability] = []
    ) -> RefreshResponse {
        RefreshResponse(
            decision: .accept {
                var result = ProxyRefreshResult()
                result.expireAt = Optional(date).unixSeconds
                result.info = try OutgoingData(info)?.encoded() ?? Data()
                result.meta = try OutgoingData(meta)?.encoded() ?? Data()
                result.caps = capabilities.map(\.message)
                return result
            })
    }

    /// Closes the connection with the code 3005; clients reconnect.
    public static let expired = RefreshResponse(decision: .accept { .with { $0.expired = true } })
    /// Lets the next handler decide.
    public static let pass = RefreshResponse(decision: .pass)
}
