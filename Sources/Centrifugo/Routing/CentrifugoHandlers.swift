/// Something that answers or watches events. Written as a list in ``CentrifugoEvents``.
public protocol CentrifugoHandlers: Sendable {
    /// For the runtime.
    var routes: [CentrifugoRoute] { get }
}
