/// Decides whether a connection is extended.
public struct OnRefresh: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - priority: handlers with a higher priority are called first; those of equal priority in the order of the list.
    public init(priority: Int = 0, _ handler: @escaping @Sendable (RefreshEvent) async throws -> RefreshResponse) {
        self.routes = [CentrifugoRoute(priority: priority, handler: handler)]
    }
}
