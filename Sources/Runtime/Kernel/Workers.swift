/// The workers of a kernel, one per mode. Written as a list in ``Kernel/workers``.
public protocol Workers: Sendable {
    /// The types of the workers. They are known without a kernel, so that an unserved mode is refused before anything boots.
    static var types: [any Worker.Type] { get }
    /// The workers, in the order in which they are written.
    var all: [any Worker] { get }
}
