/// Decides whether a client may connect. With a channel it is asked when the client wants a server-side subscription to one.
public struct OnConnect: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - channel: an exact name, or a pattern in which `*` stands for any characters; nil sees every channel.
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(
        _ channel: String? = nil, priority: Int = 0, _ handler: @escaping @Sendable (ConnectEvent) async throws -> ConnectResponse
    ) {
        self.routes = [CentrifugoRoute(pattern: channel, priority: priority, body: .connect(handler))]
    }
}
