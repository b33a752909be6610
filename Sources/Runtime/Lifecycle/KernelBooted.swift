/// A kernel was built and warmed up.
public struct KernelBooted: LifecycleEvent {
    /// The mode that is served; nil for the standalone runtime, which serves all.
    public let mode: WorkerMode?
    /// Whether it takes another one's place.
    public let isReboot: Bool
    /// How long it took.
    public let duration: Duration
}
