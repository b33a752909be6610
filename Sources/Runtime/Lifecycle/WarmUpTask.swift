/// Work that is done at boot, before the worker reports ready, such as filling a cache or opening connections.
public protocol WarmUpTask: Sendable {
    /// The name of the task in log lines.
    var name: String { get }

    /// - Throws: an error when it failed, which is logged. In debug it is a boot failure; in production the kernel serves anyway.
    func warmUp() async throws
}
