/// A kernel has replaced another one. The observers of the new kernel are notified.
public struct KernelRebooted: LifecycleEvent {
    /// The reason for the reboot.
    public let reason: String

    package init(reason: String) { self.reason = reason }
}
