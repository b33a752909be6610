import Logging
import Synchronization

/// Counts recorded values that will never be sent, by reason.
final class MetricDrops: Sendable {
    enum Reason: String, Sendable, CaseIterable {
        case tooManyMetrics, tooManySeries, tooManyValues, notANumber, otherKind, otherLabels, refused, unanswered

        fileprivate var explanation: String {
            switch self {
            case .tooManyMetrics: "there are too many metrics: their names must not be made of what comes from outside"
            case .tooManySeries: "there are too many series: values of labels must not be made of what comes from outside"
            case .tooManyValues: "a histogram has more values than can be sent, one call each. What is sent is a fair sample"
            case .notANumber: "they are no finite numbers, or would make a counter go down"
            case .otherKind: "the metric has another kind already"
            case .otherLabels: "the metric has labels of other names already"
            case .refused: "RoadRunner does not take them"
            case .unanswered: "RoadRunner has not answered, so that nobody knows whether it has them"
            }
        }
    }

    private struct Cause: Hashable {
        let reason: Reason
        let name: String
    }

    private struct State {
        var counts: [Cause: Int] = [:]
        var unsaid: [(cause: Cause, detail: String)] = []
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - name: of the metric, where the reason is one of a metric that is known.
    func count(_ reason: Reason, name: String = "", detail: String = "", by number: Int = 1) {
        let cause = Cause(reason: reason, name: name)
        self.state.withLock { state in
            if state.counts[cause] == nil { state.unsaid.append((cause, detail)) }
            state.counts[cause, default: 0] += number
        }
    }

    var total: Int { self.state.withLock { $0.counts.values.reduce(0, +) } }

    /// Says each reason once, and for each metric.
    func report(to logger: Logger) {
        let unsaid = self.state.withLock { state in
            defer { state.unsaid.removeAll() }
            return state.unsaid
        }
        for (cause, detail) in unsaid {
            var metadata: Logger.Metadata = [:]
            if !cause.name.isEmpty { metadata["metric"] = "\(cause.name)" }
            if !detail.isEmpty { metadata["detail"] = "\(detail)" }
            logger.warning("recorded values are dropped: \(cause.reason.explanation)", metadata: metadata)
        }
    }

    /// Says how many there were in all, if there were any.
    func reportTotals(to logger: Logger) {
        let counts = self.state.withLock { $0.counts }
        guard !counts.isEmpty else { return }
        let totals = Dictionary(counts.map { ($0.key.reason.rawValue, $0.value) }, uniquingKeysWith: +)
        logger.info("recorded values were dropped", metadata: totals.mapValues { "\($0)" })
    }
}
