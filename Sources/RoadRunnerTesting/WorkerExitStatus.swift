/// How a worker process ended.
public enum WorkerExitStatus: Sendable, Hashable {
    /// It ended by itself, with this code.
    case exited(Int32)
    /// A signal ended it; a trap is SIGILL, SIGTRAP or SIGABRT.
    case signalled(Int32)
}
