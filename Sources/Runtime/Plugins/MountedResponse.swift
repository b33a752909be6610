public import HTTPTypes
public import NIOCore

/// The response of a ``MountedEndpoint``.
public struct MountedResponse: Sendable {
    /// Status and header fields.
    public var head: HTTPResponse
    /// The body, which is sent as it is.
    public var body: ByteBuffer
    /// The outcome of the exchange, for the kernel's policies.
    public var outcome: Outcome

    /// Creates a response whose exchange ended with `outcome`.
    public init(_ head: HTTPResponse, body: ByteBuffer = ByteBuffer(), outcome: Outcome = Outcome()) {
        self.head = head
        self.body = body
        self.outcome = outcome
    }
}
