/// A request, or an event of Centrifugo, was received.
public struct RequestReceived: LifecycleEvent {
    /// The request or event.
    public let request: RequestIdentity

    package init(request: RequestIdentity) { self.request = request }
}
