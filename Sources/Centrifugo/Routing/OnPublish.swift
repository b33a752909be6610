/// Decides whether something is published, and as what.
public struct OnPublish: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0, _ handler: @escaping @Sendable (PublishEvent) async throws -> PublishResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .publish(handler))]
    }
}
