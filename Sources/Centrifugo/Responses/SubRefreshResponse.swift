import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The response to a ``SubRefreshEvent``. Centrifugo takes errors and disconnects for "expired", so it has neither.
public struct SubRefreshResponse: Sendable {
    let decision: Decision<ProxySubRefreshResult>

    /// Extends the subscription.
    ///
    /// - Parameters:
    ///   - until: when it must be refreshed again.
    ///   - info: new information about the client for others in this channel; nil keeps it.
    public static func extend(until date: Date, info: (any Encodable & Sendable)? = nil) -> SubRefreshResponse {
        SubRefreshResponse(
            decision: .accept {
                var result = ProxySubRefreshResult()
                result.expireAt = Optional(date).unixSeconds
                result.info = try OutgoingData(info)?.encoded() ?? Data()
                return result
            })
    }

    /// Unsubscribes the client with the code 2501; it subscribes again.
    public static let expired = SubRefreshResponse(decision: .accept { .with { $0.expired = true } })
    /// Lets the next handler decide.
    public static let pass = SubRefreshResponse(decision: .pass)
}
