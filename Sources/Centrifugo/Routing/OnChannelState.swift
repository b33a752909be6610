/// Called when channels become occupied or vacated (Centrifugo PRO).
public struct OnChannelState: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - priority: handlers with a higher priority are called first; those of equal priority in the order of the list.
    public init(priority: Int = 0, _ handler: @escaping @Sendable (ChannelStateEvent) async throws -> Void) {
        self.routes = [CentrifugoRoute(priority: priority, handler: handler)]
    }
}
