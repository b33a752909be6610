import RoadRunnerRuntime

/// A handler that has exceeded its deadline.
struct RequestDeadlineExceeded: AttributableError, CustomStringConvertible {
    let limit: Duration
    var fault: Fault { .deadline }
    var description: String {
        "the handler had no response within \(self.limit), which REQUEST_DEADLINE allows; it was cancelled"
    }
}
