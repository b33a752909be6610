/// Decides whether a subscription is extended.
public struct OnSubRefresh: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil for every channel.
    ///   - priority: handlers with a higher priority are called first; those of equal priority in the order of the list.
    public init(
        _ channel: String? = nil, priority: Int = 0,
        _ handler: @escaping @Sendable (SubRefreshEvent) async throws -> SubRefreshResponse
    ) {
        self.routes = [CentrifugoRoute(channel, priority: priority, handler: handler)]
    }
}
