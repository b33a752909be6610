import RoadRunnerAPI
import SwiftProtobuf

/// The response to a ``CacheEmptyEvent``.
public struct CacheEmptyResponse: Sendable {
    let decision: Decision<ProxyNotifyCacheEmptyResult>

    /// The handler published to the channel.
    public static let populated = CacheEmptyResponse(decision: .accept { .with { $0.populated = true } })
    /// There is nothing to publish.
    public static let empty = CacheEmptyResponse(decision: .accept { ProxyNotifyCacheEmptyResult() })
    /// Lets the next handler decide.
    public static let pass = CacheEmptyResponse(decision: .pass)
}
