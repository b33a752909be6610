import RoadRunnerObservability
import TestSupport

extension RoadRunnerMetrics {
    /// Creates metrics that are sent only on a test's request.
    static func sentByTests(_ lines: LogLines = LogLines()) -> RoadRunnerMetrics {
        var options = RoadRunnerMetrics.Options()
        options.interval = .seconds(3600)
        return RoadRunnerMetrics(options: options, logger: lines.logger)
    }
}
