/// A kernel was built and warmed up.
public struct KernelBooted: LifecycleEvent {
    /// What is served; nil for the standalone runtime.
    public let mode: WorkerMode?
    /// Whether it takes another one's place.
    public let isReboot: Bool
    /// How long it took.
    public let duration: Duration
}
