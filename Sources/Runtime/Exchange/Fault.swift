/// Whose fault an error was. It is decided once, before the error is logged, reported or counted.
///
/// Only ``application`` is reported to observers and error reporters, counted as an error, and a reason for a reboot: whatever a client
/// sends, and whenever it leaves, must cause none of it.
public enum Fault: Sendable, Hashable {
    /// The client's: a malformed request, an upload that was refused or broken off, a body that is not what the route reads.
    case client
    /// Nobody's: the client has left, or the process ends. Libraries throw errors of all types when they are cancelled.
    case cancelled
    /// The handler did not respond in time.
    case deadline
    /// The program's.
    case application

    /// Decides whose fault `error` is.
    ///
    /// - Parameter isCancelled: whether what threw the error was cancelled.
    public init(_ error: any Error, isCancelled: Bool) {
        if isCancelled {
            self = .cancelled
        } else if let error = error as? any AttributableError {
            self = error.fault
        } else {
            self = .application
        }
    }
}
