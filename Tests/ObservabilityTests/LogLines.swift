import Goridge
import Logging
import RoadRunnerObservability
import Synchronization

/// Messages of a logger.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { self.lines.withLock { $0 } }
    func append(_ line: String) { self.lines.withLock { $0.append(line) } }
    var logger: Logger { Logger(label: "test") { _ in ClosureLogHandler { self.append($0) } } }
}

extension RoadRunnerMetrics {
    /// Nothing is sent unless a test does it.
    static func sentByTests(_ lines: LogLines = LogLines()) -> RoadRunnerMetrics {
        var options = RoadRunnerMetrics.Options()
        options.interval = .seconds(3600)
        return RoadRunnerMetrics(options: options, logger: lines.logger)
    }
}
