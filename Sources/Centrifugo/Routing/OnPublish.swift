/// Decides whether data is published, and can replace it.
public struct OnPublish: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil for every channel.
    ///   - priority: handlers with a higher priority are called first; those of equal priority in the order of the list.
    public init(
        _ channel: String? = nil, priority: Int = 0, _ handler: @escaping @Sendable (PublishEvent) async throws -> PublishResponse
    ) {
        self.routes = [CentrifugoRoute(channel, priority: priority, handler: handler)]
    }
}
