/// The response has ended: all of it was passed to RoadRunner or to the client, or it was cut short (``isComplete``).
public struct ResponseSent: LifecycleEvent {
    /// The request or event that was answered.
    public let request: RequestIdentity
    /// The status of an HTTP response; nil for events of Centrifugo.
    public let status: Int?
    /// The time from the arrival of the request to the end of the response.
    public let duration: Duration
    /// Whether the response was sent as a whole; false when its body failed or the client left.
    public let isComplete: Bool

    package init(request: RequestIdentity, status: Int?, duration: Duration, isComplete: Bool) {
        self.request = request
        self.status = status
        self.duration = duration
        self.isComplete = isComplete
    }
}
