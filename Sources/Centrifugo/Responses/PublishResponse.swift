#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The response to a ``PublishEvent``.
public struct PublishResponse: Sendable {
    let decision: Decision<ProxyPublishResult>

    /// Publishes the data.
    ///
    /// - Parameters:
    ///   - data: replaces the client's data; nil keeps it. A value becomes JSON, a `ByteBuffer` is sent as it is.
    ///   - skipsHistory: whether to leave it out of the channel's history.
    ///   - tags: tags for subscribers and filters.
    ///   - idempotencyKey: publications with the same key are published once.
    ///   - usesDelta: whether to send the difference to the previous publication, if the channel allows it.
    ///   - version: the publication's version; later ones with an older version are dropped.
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

    /// Refuses the publication; the client gets the error.
    public static func error(_ error: CentrifugoClientError) -> PublishResponse { PublishResponse(decision: .error(error)) }
    /// Disconnects the client.
    public static func disconnect(_ disconnect: CentrifugoClientDisconnect) -> PublishResponse {
        PublishResponse(decision: .disconnect(disconnect))
    }
    /// Lets the next handler decide.
    public static let pass = PublishResponse(decision: .pass)
}
