/// Decides whether a client may subscribe to a channel.
public struct OnSubscribe: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0,
        _ handler: @escaping @Sendable (SubscribeEvent) async throws -> SubscribeResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .subscribe(handler))]
    }
}
