/// When the kernel is built.
public enum BootPolicy: Sendable, Hashable {
    /// Before RoadRunner is told that the worker is ready: no request waits for the boot, and a failing boot shows at start.
    case eager
    /// With the first request, which waits for it: RoadRunner is ready at once, however long the boot takes.
    case lazy
}
