#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The response to a ``PublishEvent``.
public struct PublishResponse: Sendable {
    let decision: Decision<ProxyPublishResult>

    /// It is published.
    ///
    /// - Parameters:
    ///   - data: instead of what the client has sent; nil leaves it. A value becomes JSON, a `ByteBuffer` is sent as it is.
    ///   - skipsHistory: whether it is left out of the channel's history.
    ///   - tags: for subscribers and filters.
    ///   - idempotencyKey: publications with the same one are published once.
    ///   - usesDelta: whether it is sent as a difference to the one before, where the channel allows it.
    ///   - version: publications with an older one are dropped.
    public static func accept(
        data: (any Encodable & Sendable)? = nil, skipsHistory: Bool = false, tags: [String: String] = [:],
        idempotencyKey: String = "", usesDelta: Bool = false, version: UInt64 = 0, versionEpoch: String = ""
    ) -> PublishResponse {
        PublishResponse(
            decision: .accept {
                var result = ProxyPublishResult()
                result.data = try OutgoingData(data)?.encoded() ?? Data()
                result.skipHistory = skipsHistory
                result.tags = tags
                result.idempotencyKey = idempotencyKey
                result.delta = usesDelta
                result.version = version
                result.versionEpoch = versionEpoch
                return result
            })
    }

    /// It is not published and the client gets the error.
    public static func error(_ error: CentrifugoClientError) -> PublishResponse { PublishResponse(decision: .error(error)) }
    /// The client is disconnected.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> PublishResponse {
        PublishResponse(decision: .disconnect(disconnect))
    }
    /// The next handler decides.
    public static let pass = PublishResponse(decision: .pass)
}
