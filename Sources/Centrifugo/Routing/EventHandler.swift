/// A handler of the events of one kind, or a listener to all events.
struct EventHandler<Event: Sendable, Response>: Sendable {
    let respond: @Sendable (Event) async throws -> Response
}
