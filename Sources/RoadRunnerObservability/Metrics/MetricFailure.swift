import Goridge

/// The consequence of a failed call for the metrics that it carried.
enum MetricFailure {
    /// The call was not sent.
    case unsent
    /// The call was sent, but not answered: RoadRunner may have the value.
    case unanswered
    /// RoadRunner has no such plugin.
    case noPlugin
    /// RoadRunner does not know the metric: it was not declared, or RoadRunner has been restarted.
    case undeclared
    /// RoadRunner rejects the value, and would do so again.
    case refused(String)

    init(_ error: any Error) {
        guard let error = error as? RPCError else {
            self = .unanswered
            return
        }
        switch error.code {
        case .unreachable, .tooManyCalls, .closed: self = .unsent
        case .timeout, .disconnected, .malformedResponse: self = .unanswered
        case .unknownMethod: self = .noPlugin
        case _ where error.text?.contains("undefined collector") == true: self = .undeclared
        default: self = .refused(error.description)
        }
    }

    /// Whether other calls would fail in the same way, possibly after a timeout.
    var isGeneral: Bool {
        switch self {
        case .unsent, .unanswered, .noPlugin: true
        case .undeclared, .refused: false
        }
    }
}
