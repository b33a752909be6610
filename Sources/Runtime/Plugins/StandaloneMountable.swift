public import HTTPTypes
public import Logging
public import NIOCore

/// A worker that also serves its mode without RoadRunner: over HTTP, below a path of the standalone runtime's server.
public protocol StandaloneMountable: Worker {
    /// Makes what responds to the requests; its exchanges run by ``LaunchContext/pipeline(for:)``.
    ///
    /// - Throws: what is wrong with the worker; it is a boot failure.
    func makeEndpoint(_ launch: LaunchContext) throws -> any MountedEndpoint
}

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

/// The response of a ``MountedEndpoint``.
public struct MountedResponse: Sendable {
    /// Status and header fields.
    public var head: HTTPResponse
    /// Sent as it is.
    public var body: ByteBuffer
    /// What the kernel's policies are told of the exchange.
    public var outcome: Outcome

    /// A response whose exchange ended as `outcome` says.
    public init(_ head: HTTPResponse, body: ByteBuffer = ByteBuffer(), outcome: Outcome = Outcome()) {
        self.head = head
        self.body = body
        self.outcome = outcome
    }
}
