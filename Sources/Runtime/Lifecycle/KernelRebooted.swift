/// A kernel serves in another one's place. Observers that were registered with the new kernel see it.
public struct KernelRebooted: LifecycleEvent {
    /// The reason for the reboot.
    public let reason: String

    package init(reason: String) { self.reason = reason }
}
