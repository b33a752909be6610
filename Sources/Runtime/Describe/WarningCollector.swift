import Logging
import Synchronization

/// Collects the warnings that are logged while a kernel is built.
final class WarningCollector: Sendable {
    /// The largest number of warnings that are kept.
    private static let maximum = 100

    private let lines = Mutex<[String]>([])

    var all: [String] { self.lines.withLock { $0 } }

    /// Returns a logger whose warnings are collected, in addition to what `logger` does with all lines.
    func collecting(from logger: Logger) -> Logger {
        var copy = logger
        copy.handler = Handler(handler: logger.handler, collector: self)
        return copy
    }

    private func add(_ line: String) {
        self.lines.withLock { if $0.count < Self.maximum { $0.append(line) } }
    }

    private struct Handler: LogHandler {
        var handler: any LogHandler
        let collector: WarningCollector

        var metadata: Logger.Metadata {
            get { self.handler.metadata }
            set { self.handler.metadata = newValue }
        }

        var metadataProvider: Logger.MetadataProvider? {
            get { self.handler.metadataProvider }
            set { self.handler.metadataProvider = newValue }
        }

        var logLevel: Logger.Level {
            // Warnings are collected at any log level.
            get { min(self.handler.logLevel, .warning) }
            set { self.handler.logLevel = newValue }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.handler[metadataKey: key] }
            set { self.handler[metadataKey: key] = newValue }
        }

        func log(event: LogEvent) {
            if event.level >= .warning { self.collector.add("\(event.message)") }
            if event.level >= self.handler.logLevel { self.handler.log(event: event) }
        }
    }
}
