package import Goridge
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A child process whose standard error is collected and whose exit can be awaited.
///
/// swift-subprocess ends a program with the scope that runs it; workers live as long as the objects of a test that refer to them.
package final class ChildProcess: Sendable {
    private struct State {
        var status: WorkerExitStatus?
        var waiters: [UInt64: CheckedContinuation<WorkerExitStatus?, Never>] = [:]
        var lastWaiter: UInt64 = 0
    }

    package let pid: Int32
    package let standardError: OutputCollector
    private let loop: PollEventLoop
    private let state = Mutex(State())

    /// - Parameters:
    ///   - input: the descriptor for standard input, and `output` the one for standard output; nil stands for `/dev/null`.
    package init(
        _ path: String, arguments: [String], environment: [String: String], input: CInt?, output: CInt?, loop: PollEventLoop
    ) throws {
        let errors = try SystemCall.makePipe()
        defer { SystemCall.closeDescriptor(errors.write) }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { SystemCall.closeDescriptor(null) }
        self.pid = try Self.spawn(
            path, arguments, environment, descriptors: [input ?? null, output ?? null, errors.write])
        self.loop = loop
        self.standardError = OutputCollector(descriptor: errors.read, loop: loop)
        self.standardError.start()
        let pid = self.pid
        LoopThread.start(name: "rr-wait") { [weak self] in
            var status: CInt = 0
            while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return } }
            let signal = status & 0x7F
            self?.ended(signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal))
        }
    }

    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String], descriptors: [CInt]
    ) throws -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(target))
        }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // As RoadRunner does it: in its own process group. The threads of Swift's pool block most signals, which a child would
        // inherit.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
        guard result == 0 else {
            throw TestWorkerError(.notStarted, "\(path) cannot be started: \(String(cString: strerror(result)))")
        }
        return pid
    }

    private func ended(_ status: WorkerExitStatus) {
        let waiters = self.state.withLock { state in
            state.status = status
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Whether it has exited, and was waited for.
    package var hasEnded: Bool { self.state.withLock { $0.status != nil } }

    package func signal(_ number: Int32) {
        // Only before it is waited for, since its pid may belong to another process afterwards.
        self.state.withLock { state in
            if state.status == nil { _ = kill(self.pid, number) }
        }
    }

    /// Waits for the exit; nil after the timeout.
    package func waitForExit(timeout: Duration) async -> WorkerExitStatus? {
        await withCheckedContinuation { continuation in
            let (status, number) = self.state.withLock { state -> (WorkerExitStatus?, UInt64) in
                if let status = state.status { return (status, 0) }
                state.lastWaiter += 1
                state.waiters[state.lastWaiter] = continuation
                return (nil, state.lastWaiter)
            }
            if let status { return continuation.resume(returning: status) }
            self.loop.execute {
                _ = self.loop.schedule(after: timeout.clampedNanoseconds) {
                    self.state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
                }
            }
        }
    }
}
