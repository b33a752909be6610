/// A handler and the events that it handles. ``OnConnect`` and its like make them; ``CentrifugoHandlers`` says how to group them.
public struct CentrifugoRoute: Sendable {
    /// The kind of event; nil for listeners, which observe all of them.
    let kind: EventKind?
    /// The handler's channel or method; nil for handlers of every event of their kind.
    let pattern: String?
    private let priority: Int
    /// An ``EventHandler``.
    let handler: any Sendable

    init<Event: ProxyEvent, Response>(
        _ pattern: String? = nil, priority: Int, handler: @escaping @Sendable (Event) async throws -> Response
    ) {
        self.kind = Event.kind
        self.pattern = pattern
        self.priority = priority
        self.handler = EventHandler(respond: handler)
    }

    init(priority: Int, listener: @escaping @Sendable (CentrifugoEvent) async throws -> Void) {
        self.kind = nil
        self.pattern = nil
        self.priority = priority
        self.handler = EventHandler(respond: listener)
    }

    /// Returns routes as they are asked: by priority, and those of equal priority in the order of the list.
    static func inOrder(_ routes: [CentrifugoRoute]) -> [CentrifugoRoute] {
        routes.enumerated().sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }.map(\.element)
    }
}
