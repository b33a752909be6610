/// The process has begun to serve its mode. Nothing is booted yet.
public struct WorkerStarted: LifecycleEvent {
    /// The mode that is served; nil for the standalone runtime, which serves all.
    public let mode: WorkerMode?
    /// The pid of the process.
    public let processID: Int32

    package init(mode: WorkerMode?, processID: Int32) {
        self.mode = mode
        self.processID = processID
    }
}
