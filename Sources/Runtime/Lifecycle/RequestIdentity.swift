/// The identity of a request or an event: its mode, id and name.
public struct RequestIdentity: Sendable {
    /// The mode that served it.
    public let mode: WorkerMode
    /// The id in its log lines: `rr.request.id`.
    public var id: String { self.makeID() }
    /// Method and path, without the query (`GET /articles`); or kind and channel of an event (`publish chat:lobby`).
    public let name: String

    // Rendered on demand.
    private let makeID: @Sendable () -> String

    package init(mode: WorkerMode, name: String, id: @escaping @Sendable () -> String) {
        self.mode = mode
        self.name = name
        self.makeID = id
    }
}
