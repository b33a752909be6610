/// How a worker process ended.
public enum WorkerExitStatus: Sendable, Hashable {
    /// The process exited with this code.
    case exited(Int32)
    /// A signal ended the process; a trap is SIGILL, SIGTRAP or SIGABRT.
    case signalled(Int32)
}
