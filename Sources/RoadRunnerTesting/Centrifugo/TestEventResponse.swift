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
    private let content: Content

    private struct Content: Sendable {
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
        var content = Content()
        switch type {
        case "connect":
            let result = try content.read(ProxyConnectResponse(serializedBuffer: message))
            (content.user, content.data, content.expiresAt) = (result.user, result.data, result.expireAt)
        case "subscribe":
            let result = try content.read(ProxySubscribeResponse(serializedBuffer: message))
            (content.data, content.expiresAt) = (result.data, result.expireAt)
        case "publish": content.data = try content.read(ProxyPublishResponse(serializedBuffer: message)).data
        case "rpc": content.data = try content.read(ProxyRPCResponse(serializedBuffer: message)).data
        case "refresh":
            let result = try content.read(ProxyRefreshResponse(serializedBuffer: message))
            (content.isExpired, content.expiresAt) = (result.expired, result.expireAt)
        case "subrefresh":
            let result = try content.read(ProxySubRefreshResponse(serializedBuffer: message))
            (content.isExpired, content.expiresAt) = (result.expired, result.expireAt)
        default:
            // Error and disconnect have the same field numbers in all responses.
            _ = try content.read(ProxyRPCResponse(serializedBuffer: message))
        }
        self.content = content
    }

    /// Whether it is a result, rather than an error or a disconnect.
    public var isAccepted: Bool { self.content.hasResult && self.content.error == nil && self.content.disconnect == nil }
    /// The error's code.
    public var errorCode: UInt32? { self.content.error?.code }
    /// The error's message.
    public var errorMessage: String? { self.content.error?.message }
    /// Whether the error is temporary.
    public var isTemporary: Bool { self.content.error?.temporary ?? false }
    /// The code of the disconnect.
    public var disconnectCode: UInt32? { self.content.disconnect?.code }
    /// The user of a connection.
    public var user: String { self.content.user }
    /// The data for the client, as text.
    public var data: String { String(decoding: self.content.data, as: UTF8.self) }
    /// When it expires, in seconds since 1970; 0 for never.
    public var expiresAt: Int64 { self.content.expiresAt }
    /// Whether a refresh was answered with "expired".
    public var isExpired: Bool { self.content.isExpired }
}
