// `stdout` is a mutable global of C's; it is only handed to functions that lock it.
#if canImport(Darwin)
@preconcurrency import Darwin
#elseif canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#endif

/// Keeps everything but frames away from the relay.
///
/// RoadRunner reads a worker's standard output as frames, so that one `print` would destroy the connection. The guard moves
/// the relay to descriptors of its own, which child processes do not inherit, points standard output at standard error and
/// standard input at `/dev/null`. It must run before anything prints.
package enum StdoutGuard {
    /// - Returns: what standard input and output were.
    package static func install() throws(SystemCallError) -> RelayDescriptors {
        fflush(stdout)
        let input = try Self.moveAway(0)
        let output = try Self.moveAway(1)
        guard dup2(2, 1) >= 0 else { throw SystemCallError("dup2(stderr, stdout)", errno: errno) }
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard null >= 0 else { throw SystemCallError("open(/dev/null)", errno: errno) }
        guard dup2(null, 0) >= 0 else { throw SystemCallError("dup2(/dev/null, stdin)", errno: errno) }
        SystemCall.closeDescriptor(null)
        Self.bufferLines()
        return RelayDescriptors(input: input, output: output)
    }

    /// Makes lines appear as they are printed: to a pipe or a file the C library writes only whole blocks, and a process that is
    /// killed loses the last one. It must run before anything prints.
    package static func bufferLines() { setvbuf(stdout, nil, _IOLBF, 0) }

    /// Brings out what was printed without a line's end.
    package static func flush() { fflush(stdout) }

    private static func moveAway(_ descriptor: CInt) throws(SystemCallError) -> CInt {
        let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
        guard moved >= 0 else { throw SystemCallError("fcntl(F_DUPFD_CLOEXEC, \(descriptor))", errno: errno) }
        return moved
    }
}
