import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The response to a ``SubRefreshEvent``. Centrifugo takes errors and disconnects for "expired", so that there are none.
public struct SubRefreshResponse: Sendable {
    let decision: Decision<ProxySubRefreshResult>

    /// The subscription goes on.
    ///
    /// - Parameters:
    ///   - until: when it has to be refreshed again.
    ///   - info: what others see of the client in this channel from now on; nil leaves it.
    public static func extend(until date: Date, info: (any Encodable & Sendable)? = nil) -> SubRefreshResponse {
        SubRefreshResponse(
            decision: .accept {
                var result = ProxySubRefreshResult()
                result.expireAt = Optional(date).unixSeconds
                result.info = try OutgoingData(info)?.encoded() ?? Data()
                return result
            })
    }

    /// The client is unsubscribed with the code 2501; it subscribes again.
    public static let expired = SubRefreshResponse(decision: .accept { .with { $0.expired = true } })
    /// The next handler decides.
    public static let pass = SubRefreshResponse(decision: .pass)
}
