public import NIOCore
import RoadRunnerAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A worker's response to an event.
public struct TestEventResponse: Sendable {
    /// The message, encoded.
    public let message: ByteBuffer
    /// The text of an ERROR frame, which makes the call itself fail.
    public let failure: String?
    private let outcome: Outcome

    private struct Outcome: Sendable {
        var error: ProxyError?
        var disconnect: ProxyDisconnect?
        var hasResult = false
        var user = ""
        var data = Data()
        var expiresAt: Int64 = 0
        var isExpired = false

        mutating func read<Response: ProxyResponse>(_ response: Response) -> Response.ResultMessage {
            if response.hasError { self.error = response.error }
            if response.hasDisconnect { self.disconnect = response.disconnect }
            self.hasResult = response.hasResult
            return response.result
        }
    }

    init(type: String, message: ByteBuffer, failure: String?) throws {
        self.message = message
        self.failure = failure
        var outcome = Outcome()
        switch type {
        case "connect":
            let result = try outcome.read(ProxyConnectResponse(serializedBuffer: message))
            (outcome.user, outcome.data, outcome.expiresAt) = (result.user, result.data, result.expireAt)
        case "subscribe":
            let result = try outcome.read(ProxySubscribeResponse(serializedBuffer: message))
            (outcome.data, outcome.expiresAt) = (result.data, result.expireAt)
        case "publish": outcome.data = try outcome.read(ProxyPublishResponse(serializedBuffer: message)).data
        case "rpc": outcome.data = try outcome.read(ProxyRPCResponse(serializedBuffer: message)).data
        case "refresh":
            let result = try outcome.read(ProxyRefreshResponse(serializedBuffer: message))
            (outcome.isExpired, outcome.expiresAt) = (result.expired, result.expireAt)
        case "subrefresh":
            let result = try outcome.read(ProxySubRefreshResponse(serializedBuffer: message))
            (outcome.isExpired, outcome.expiresAt) = (result.expired, result.expireAt)
        default:
            // Error and disconnect have the same field numbers in all responses.
            _ = try outcome.read(ProxyRPCResponse(serializedBuffer: message))
        }
        self.outcome = outcome
    }

    /// Whether it is a result, rather than an error or a disconnect.
    public var isAccepted: Bool { self.outcome.hasResult && self.outcome.error == nil && self.outcome.disconnect == nil }
    /// The error's code.
    public var errorCode: UInt32? { self.outcome.error?.code }
    /// The error's message.
    public var errorMessage: String? { self.outcome.error?.message }
    /// Whether the error is temporary.
    public var isTemporary: Bool { self.outcome.error?.temporary ?? false }
    /// The code of the disconnect.
    public var disconnectCode: UInt32? { self.outcome.disconnect?.code }
    /// The user of a connection.
    public var user: String { self.outcome.user }
    /// The data for the client, as text.
    public var data: String { String(decoding: self.outcome.data, as: UTF8.self) }
    /// When it expires, in seconds since 1970; 0 for never.
    public var expiresAt: Int64 { self.outcome.expiresAt }
    /// Whether a refresh was answered with "expired".
    public var isExpired: Bool { self.outcome.isExpired }
}
