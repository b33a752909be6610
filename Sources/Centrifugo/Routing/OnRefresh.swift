/// Decides whether a connection goes on.
public struct OnRefresh: CentrifugoHandlers {
    public let routes: [CentrifugoRoute]

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - priority: higher ones are asked first; equal ones in the order in which they are written.
    public init(priority: Int = 0, _ handler: @escaping @Sendable (RefreshEvent) async throws -> RefreshResponse) {
        self.routes = [CentrifugoRoute(pattern: nil, priority: priority, body: .refresh(handler))]
    }
}
