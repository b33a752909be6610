import Hummingbird
package import Logging

/// Loggers of requests.
package enum RequestLogger {
    /// A logger that knows the request's id by our name and by Hummingbird's, which its `context.id` relies on.
    package static func make(from logger: Logger) -> Logger {
        let handler = RequestLogHandler(base: logger.handler, id: RequestID())
        return Logger(label: logger.label) { _ in handler }
    }
}

/// Adds the request's id to each line when the line is written.
///
/// Setting metadata on a logger copies a dictionary, and most handlers render it to text at once: for every request, also
/// for those that log nothing.
private struct RequestLogHandler: LogHandler {
    private static let keys = ["rr.request.id", "hb.request.id"]

    private var base: any LogHandler
    private let id: RequestID
    /// What was set on this logger.
    private var own: Logger.Metadata = [:]

    init(base: any LogHandler, id: RequestID) {
        self.base = base
        self.id = id
    }

    private var idMetadata: Logger.MetadataValue { .stringConvertible(self.id) }

    var logLevel: Logger.Level {
        get { self.base.logLevel }
        set { self.base.logLevel = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { self.base.metadataProvider }
        set { self.base.metadataProvider = newValue }
    }

    var metadata: Logger.Metadata {
        get {
            var metadata = self.base.metadata
            for key in Self.keys { metadata[key] = self.idMetadata }
            return metadata.merging(self.own) { _, own in own }
        }
        set { self.own = newValue }
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.own[key] ?? (Self.keys.contains(key) ? self.idMetadata : self.base[metadataKey: key]) }
        set { self.own[key] = newValue }
    }

    func log(event: LogEvent) {
        var metadata = self.own
        // One is enough to read.
        if metadata["rr.request.id"] == nil { metadata["rr.request.id"] = self.idMetadata }
        if let more = event.metadata { metadata.merge(more) { _, new in new } }
        var event = event
        event.metadata = metadata
        self.base.log(event: event)
    }
}
