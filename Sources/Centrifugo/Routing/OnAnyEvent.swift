/// Sees every event before it is answered, and answers none. What it throws is logged.
public struct OnAnyEvent: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a listener.
    ///
    /// - Parameter priority: higher ones are told first.
    public init(priority: Int = 0, _ listener: @escaping @Sendable (CentrifugoEvent) async throws -> Void) {
        self.routes = [CentrifugoRoute(pattern: nil, priority: priority, body: .listener(listener))]
    }
}
