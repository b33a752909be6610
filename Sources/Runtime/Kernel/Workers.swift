/// The workers of a kernel, one per mode. Written as a list in ``Kernel/workers``.
public protocol Workers: Sendable {
    /// Their types. Known without a kernel, so that a mode that is not served is refused before anything boots.
    static var types: [any Worker.Type] { get }
    /// The workers themselves, in the order in which they are written.
    var all: [any Worker] { get }
}
