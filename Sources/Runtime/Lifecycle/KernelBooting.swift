/// A kernel is about to be built.
public struct KernelBooting: LifecycleEvent {
    /// The mode that is served; nil for the standalone runtime, which serves all.
    public let mode: WorkerMode?
    /// Whether the kernel replaces another one.
    public let isReboot: Bool
}
