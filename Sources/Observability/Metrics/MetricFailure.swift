import Goridge

/// The consequence of a failed call for the metrics that it carried.
enum MetricFailure {
    /// It was not sent.
    case unsent
    /// Unknown: RoadRunner may have it.
    case unanswered
    /// RoadRunner has no such plugin.
    case noPlugin
    /// RoadRunner does not know the metric: it was not declared, or it is another RoadRunner.
    case undeclared
    /// RoadRunner will not take it the next time either.
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

    /// Whether others would fail in the same way, after having waited for it.
    var isGeneral: Bool {
        switch self {
        case .unsent, .unanswered, .noPlugin: true
        case .undeclared, .refused: false
        }
    }
}
