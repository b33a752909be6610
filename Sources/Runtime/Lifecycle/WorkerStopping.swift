/// The worker is about to end: it takes no more requests.
public struct WorkerStopping: LifecycleEvent {
    /// What was served; nil for the standalone runtime.
    public let mode: WorkerMode?
    /// How many requests and events it has handled.
    public let handledCount: Int

    package init(mode: WorkerMode?, handledCount: Int) {
        self.mode = mode
        self.handledCount = handledCount
    }
}
