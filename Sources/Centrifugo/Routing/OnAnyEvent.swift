/// Observes every event before it is answered. Errors that it throws are logged.
public struct OnAnyEvent: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a listener.
    ///
    /// - Parameter priority: listeners with a higher priority are called first.
    public init(priority: Int = 0, _ listener: @escaping @Sendable (CentrifugoEvent) async throws -> Void) {
        self.routes = [CentrifugoRoute(priority: priority, listener: listener)]
    }
}
