import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The response to a ``RefreshEvent``. Centrifugo takes errors and disconnects for "expired", so that there are none.
public struct RefreshResponse: Sendable {
    let decision: Decision<ProxyRefreshResult>

    /// The connection goes on.
    ///
    /// - Parameters:
    ///   - until: when it has to be refreshed again.
    ///   - info: what others see of the client from now on; nil leaves it. A value becomes JSON, a `ByteBuffer` is sent as it is.
    ///   - meta: kept at Centrifugo from now on; nil leaves it.
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

    /// The connection is closed with the code 3005; clients connect again.
    public static let expired = RefreshResponse(decision: .accept { .with { $0.expired = true } })
    /// The next handler decides.
    public static let pass = RefreshResponse(decision: .pass)
}
