/// Something that is done at boot, before the worker reports ready, so that no request has to: filling a cache, opening connections.
public protocol WarmUpTask: Sendable {
    /// For log lines.
    var name: String { get }

    /// - Throws: when it failed. That is logged; in debug it is a boot failure, in production the kernel serves all the same.
    func warmUp() async throws
}
