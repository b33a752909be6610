/// Answers a method that a client calls.
public struct OnRPC: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - method: an exact name, or a pattern in which `*` stands for any characters; nil sees every method.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(_ method: String? = nil, priority: Int = 0, _ handler: @escaping @Sendable (RPCEvent) async throws -> RPCResponse)
    {
        self.routes = [CentrifugoRoute(pattern: method, priority: priority, body: .rpc(handler))]
    }
}
