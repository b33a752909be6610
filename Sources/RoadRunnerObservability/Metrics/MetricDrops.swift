import Logging
import Synchronization

/// Counts recorded values that will never be sent, by reason.
final class MetricDrops: Sendable {
    enum Reason: String, Sendable, CaseIterable {
        case tooManyMetrics, tooManySeries, tooManyValues, notANumber, otherKind, otherLabels, refused, unanswered

        fileprivate var explanation: String {
            switch self {
            case .tooManyMetrics: "there are too many metrics: their names must not contain input from outside"
            case .tooManySeries: "there are too many series: values of labels must not contain input from outside"
            case .tooManyValues: "a histogram has more values than can be sent, one call each. A fair sample is sent"
            case .notANumber: "they are not finite numbers, or would decrease a counter"
            case .otherKind: "the metric already has another kind"
            case .otherLabels: "the metric already has labels of other names"
            case .refused: "RoadRunner rejects them"
            case .unanswered: "RoadRunner did not respond; it may or may not have them"
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
    ///   - name: the name of the metric, if the reason concerns a known metric.
    func count(_ reason: Reason, name: String = "", detail: String = "", by number: Int = 1) {
        let cause = Cause(reason: reason, name: name)
        self.state.withLock { state in
            if state.counts[cause] == nil { state.unsaid.append((cause, detail)) }
            state.counts[cause, default: 0] += number
        }
    }

    var total: Int { self.state.withLock { $0.counts.values.reduce(0, +) } }

    /// Logs each reason once, and once for each metric.
    func report(to logger: Logger) {
        let unsaid = self.state.withLock { state in
            defer { state.unsaid.removeAll() }
            return state.unsaid
        }
        for (cause, detail) in unsaid {
            var metadata: Logger.Metadata = [:]
            if !cause.name.isEmpty { metadata["metric"] = "\(cause.name)" }
            if !detail.isEmpty { metadata["detail"] = "\(detail)" }
            logger.warning("dropping recorded values: \(cause.reason.explanation)", metadata: metadata)
        }
    }

    /// Logs the numbers of all dropped values, if there were any.
    func reportTotals(to logger: Logger) {
        let counts = self.state.withLock { $0.counts }
        guard !counts.isEmpty else { return }
        let totals = Dictionary(counts.map { ($0.key.reason.rawValue, $0.value) }, uniquingKeysWith: +)
        logger.info("dropped recorded values", metadata: totals.mapValues { "\($0)" })
    }
}
