/// The worker is about to end: it takes no more requests.
public struct WorkerStopping: LifecycleEvent {
    /// The mode that was served; nil for the standalone runtime, which serves all.
    public let mode: WorkerMode?
    /// The number of requests and events that it has handled.
    public let handledCount: Int

    package init(mode: WorkerMode?, handledCount: Int) {
        self.mode = mode
        self.handledCount = handledCount
    }
}
