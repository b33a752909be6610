/// A kernel was built and warmed up.
public struct KernelBooted: LifecycleEvent {
    /// The mode that is served; nil for the standalone runtime, which serves all.
    public let mode: WorkerMode?
    /// Whether the kernel replaces another one.
    public let isReboot: Bool
    /// The duration of the boot.
    public let duration: Duration
}
