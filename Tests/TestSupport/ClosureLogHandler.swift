package import Logging

/// Passes log lines to a closure: the level, the message, and the line's own metadata.
package struct ClosureLogHandler: LogHandler {
    private let write: @Sendable (String) -> Void
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.trace

    package init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).map { " \($0)=\($1)" }.sorted().joined()
        self.write("\(event.level) \(event.message)\(metadata)")
    }
}
