/// The fault behind an error. It is decided once, before the error is logged, reported or counted.
///
/// Only ``application`` errors are reported to observers and error reporters, counted as errors, and a reason for a reboot. Nothing
/// that a client sends, and no client that leaves, may cause any of these.
public enum Fault: Sendable, Hashable {
    /// The client's fault: a malformed request, an upload that was refused or broken off, or a body that the route cannot decode.
    case client
    /// The exchange was cancelled, because the client left or the process is shutting down. Libraries throw errors of all types when
    /// they are cancelled.
    case cancelled
    /// The handler did not respond in time.
    case deadline
    /// The application's fault.
    case application

    /// Decides whose fault `error` is.
    ///
    /// - Parameter isCancelled: whether the operation that threw the error was cancelled.
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
