public import HTTPTypes
public import Logging
public import NIOCore

/// Responds to the requests below one path of the standalone runtime's server.
public protocol MountedEndpoint: Sendable {
    /// The path, from its first slash to its last.
    var pathPrefix: String { get }
    /// The longest body that is accepted, in bytes.
    var maximumBodySize: Int { get }

    /// Returns the status with which a request is refused before its body is read; nil accepts it.
    func refusal(of head: HTTPRequest) -> HTTPResponse.Status?

    /// - Parameter name: the part of the path after the prefix.
    func respond(to head: HTTPRequest, name: String, body: ByteBuffer, logger: Logger) async throws -> MountedResponse
}
