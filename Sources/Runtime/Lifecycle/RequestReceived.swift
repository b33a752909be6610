/// A request, or an event of Centrifugo, has come.
public struct RequestReceived: LifecycleEvent {
    /// Which one.
    public let request: RequestIdentity

    package init(request: RequestIdentity) { self.request = request }
}
