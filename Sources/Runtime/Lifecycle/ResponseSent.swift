/// The response was handed to RoadRunner, or to the client, as a whole.
public struct ResponseSent: LifecycleEvent {
    /// The request or event that was answered.
    public let request: RequestIdentity
    /// The status of an HTTP response; nil for events of Centrifugo.
    public let status: Int?
    /// How long it took, from the request's coming to the response's end.
    public let duration: Duration
    /// Whether it was cut short: the body failed, or the client has left.
    public let isComplete: Bool

    package init(request: RequestIdentity, status: Int?, duration: Duration, isComplete: Bool) {
        self.request = request
        self.status = status
        self.duration = duration
        self.isComplete = isComplete
    }
}
