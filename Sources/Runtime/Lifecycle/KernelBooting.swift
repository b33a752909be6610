/// A kernel is about to be built.
public struct KernelBooting: LifecycleEvent {
    /// What is served; nil for the standalone runtime.
    public let mode: WorkerMode?
    /// Whether it takes another one's place.
    public let isReboot: Bool
}
