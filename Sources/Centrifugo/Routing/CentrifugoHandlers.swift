/// A handler or an observer of events, as an element of ``CentrifugoEvents``.
public protocol CentrifugoHandlers: Sendable {
    /// The routes of the handlers, read by the runtime.
    var routes: [CentrifugoRoute] { get }
}
