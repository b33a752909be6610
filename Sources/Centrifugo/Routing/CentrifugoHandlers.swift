/// Handlers of events, as an element of ``CentrifugoEvents``: ``OnConnect`` and its like, or a group of your own.
///
/// A group keeps the handlers of one feature together, with what they need:
///
/// ```swift
/// struct ChatHandlers: CentrifugoHandlers {
///     let moderators: Set<String>
///
///     @CentrifugoHandlersBuilder var routes: [CentrifugoRoute] {
///         OnSubscribe("chat:*") { _ in .accept() }
///         OnPublish("chat:news") { event in
///             self.moderators.contains(event.user) ? .pass : .error(.permissionDenied)
///         }
///         OnPublish("chat:*") { event in .accept(data: try clean(event)) }
///     }
/// }
///
/// let events = CentrifugoEvents {
///     OnConnect { _ in .accept(user: "7") }
///     ChatHandlers(moderators: ["7"])
/// }
/// ```
public protocol CentrifugoHandlers: Sendable {
    /// The routes of the handlers, in their order. A group builds them from its handlers.
    var routes: [CentrifugoRoute] { get }
}
