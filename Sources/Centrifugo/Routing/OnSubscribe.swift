/// Decides whether a client may subscribe to a channel.
public struct OnSubscribe: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil for every channel.
    ///   - priority: handlers with a higher priority are called first; those of equal priority in the order of the list.
    public init(
        _ channel: String? = nil, priority: Int = 0,
        _ handler: @escaping @Sendable (SubscribeEvent) async throws -> SubscribeResponse
    ) {
        self.routes = [CentrifugoRoute(channel, priority: priority, handler: handler)]
    }
}
