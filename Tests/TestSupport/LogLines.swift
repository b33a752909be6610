package import Logging
import Synchronization

/// Collects the lines of a logger: the level, the message, and the line's own metadata.
package final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    package init() {}

    package var all: [String] { self.lines.withLock { $0 } }

    package func append(_ line: String) { self.lines.withLock { $0.append(line) } }

    package var logger: Logger { self.logger(.trace) }

    package func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "test") { _ in ClosureLogHandler { self.append($0) } }
        logger.logLevel = level
        return logger
    }
}
