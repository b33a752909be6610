/// Answers a method that a client calls.
public struct OnRPC: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - method: an exact name, or a pattern in which `*` stands for any characters; nil for every method.
    ///   - priority: handlers with a higher priority are called first; those of equal priority in the order of the list.
    public init(_ method: String? = nil, priority: Int = 0, _ handler: @escaping @Sendable (RPCEvent) async throws -> RPCResponse)
    {
        self.routes = [CentrifugoRoute(method, priority: priority, handler: handler)]
    }
}
