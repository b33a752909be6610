/// Reports uncaught errors, for example to an error tracker. ``RuntimeOptions/errorReporters`` has the reporters in use.
public protocol ErrorReporter: Sendable {
    /// Accepts a report. It is called on the request's path, so it must not wait: slow work is done later.
    func report(_ report: ErrorReport)

    /// Waits until all accepted reports are sent, or the deadline has passed. Called before the process ends.
    func flush(within deadline: Duration) async
}
