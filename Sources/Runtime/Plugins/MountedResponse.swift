public import HTTPTypes
public import NIOCore

/// The response of a ``MountedEndpoint``.
public struct MountedResponse: Sendable {
    /// Status and header fields.
    public var head: HTTPResponse
    /// Sent as it is.
    public var body: ByteBuffer
    /// The outcome of the exchange, for the kernel's policies.
    public var outcome: Outcome

    /// A response whose exchange ended as `outcome` says.
    public init(_ head: HTTPResponse, body: ByteBuffer = ByteBuffer(), outcome: Outcome = Outcome()) {
        self.head = head
        self.body = body
        self.outcome = outcome
    }
}
