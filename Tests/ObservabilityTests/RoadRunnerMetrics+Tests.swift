import RoadRunnerObservability
import TestSupport

extension RoadRunnerMetrics {
    /// Nothing is sent unless a test does it.
    static func sentByTests(_ lines: LogLines = LogLines()) -> RoadRunnerMetrics {
        var options = RoadRunnerMetrics.Options()
        options.interval = .seconds(3600)
        return RoadRunnerMetrics(options: options, logger: lines.logger)
    }
}
