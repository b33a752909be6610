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
/// RoadRunner reads a worker's standard output as frames, so one `print` would destroy the connection. The guard moves the relay to
/// separate descriptors, which child processes do not inherit, and points standard output at standard error and standard input at
/// `/dev/null`. It must run before anything prints.
package enum StdoutGuard {
    /// - Returns: the relay's descriptors, which were standard input and output.
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

    /// Flushes standard output after each line: the C library writes only whole blocks to a pipe or a file, and a killed process
    /// loses the last one. It must run before anything prints.
    package static func bufferLines() { setvbuf(stdout, nil, _IOLBF, 0) }

    /// Flushes text that was printed without a line break.
    package static func flush() { fflush(stdout) }

    private static func moveAway(_ descriptor: CInt) throws(SystemCallError) -> CInt {
        let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
        guard moved >= 0 else { throw SystemCallError("fcntl(F_DUPFD_CLOEXEC, \(descriptor))", errno: errno) }
        return moved
    }
}
