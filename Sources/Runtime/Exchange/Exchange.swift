public import Logging

/// One payload, request or event, from its arrival to the end of everything that it causes.
///
/// ``ExchangePipeline/run(_:_:)`` creates it; no part of it survives its end.
public struct Exchange: Sendable {
    /// Identifies the exchange in log lines and reports.
    package let id: ExchangeID
    /// The mode that it belongs to.
    public let mode: WorkerMode
    /// Logs with `rr.request.id`. `Logger.current` is the same logger while the exchange runs.
    public let logger: Logger
    /// The record of the exchange; nil when it is not observed.
    package let trace: RequestTrace?

    /// Creates a failure of this exchange. The error's type decides whether it is the client's or the application's fault; when the
    /// exchange was cancelled it is neither.
    public func failure(_ error: any Error, phase: ExceptionThrown.Phase = .beforeHead) -> Outcome.Failure {
        Outcome.Failure(error, phase: phase, fault: Fault(error, isCancelled: Task.isCancelled))
    }
}
