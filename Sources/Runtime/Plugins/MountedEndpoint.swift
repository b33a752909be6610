public import HTTPTypes
public import Logging
public import NIOCore

/// Responds to the requests below one path of the standalone runtime's server.
public protocol MountedEndpoint: Sendable {
    /// The path, from its first slash to its last.
    var pathPrefix: String { get }
    /// Longer bodies are refused, in bytes.
    var maximumBodySize: Int { get }

    /// Refuses a request before its body is read; nil lets it through.
    func refusal(of head: HTTPRequest) -> HTTPResponse.Status?

    /// - Parameter name: what follows the prefix in the path.
    func respond(to head: HTTPRequest, name: String, body: ByteBuffer, logger: Logger) async throws -> MountedResponse
}
