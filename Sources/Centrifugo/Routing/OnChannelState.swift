/// Is told when channels become occupied or vacated (Centrifugo PRO).
public struct OnChannelState: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(priority: Int = 0, _ handler: @escaping @Sendable (ChannelStateEvent) async throws -> Void) {
        self.routes = [CentrifugoRoute(pattern: nil, priority: priority, body: .channelState(handler))]
    }
}
