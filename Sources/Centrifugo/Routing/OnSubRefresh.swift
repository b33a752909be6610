/// Decides whether a subscription goes on.
public struct OnSubRefresh: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0,
        _ handler: @escaping @Sendable (SubRefreshEvent) async throws -> SubRefreshResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .subRefresh(handler))]
    }
}
