public import Logging

/// One payload, request or event, from its arrival to the end of everything that it causes.
///
/// ``ExchangePipeline/run(_:_:)`` makes it; nothing of it survives its end.
public struct Exchange: Sendable {
    /// Identifies the exchange in log lines and reports.
    package let id: ExchangeID
    /// The mode that it belongs to.
    public let mode: WorkerMode
    /// Logs with `rr.request.id`. `Logger.current` is the same logger while the exchange runs.
    public let logger: Logger
    /// The record of the exchange; nil where nobody looks.
    package let trace: RequestTrace?

    /// An error of this exchange. It is the client's or the application's fault as its type says, and nobody's where the exchange was
    /// cancelled.
    public func failure(_ error: any Error, phase: ExceptionThrown.Phase = .beforeHead) -> Outcome.Failure {
        Outcome.Failure(error, phase: phase, fault: Fault(error, isCancelled: Task.isCancelled))
    }
}
