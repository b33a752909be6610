/// The time at which the kernel is built.
public enum BootPolicy: Sendable, Hashable {
    /// Boots before the worker reports ready: no request waits for the boot, and a boot failure shows at start.
    case eager
    /// Boots with the first request, which waits for it: the worker is ready at once, however long the boot takes.
    case lazy
}
