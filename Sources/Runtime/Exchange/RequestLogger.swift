package import Logging

/// Creates the loggers of requests and events.
package final class RequestLogger: Sendable {
    private let label: String
    private let base: RequestLogHandler.Base

    /// - Parameter logger: writes their lines.
    package init(_ logger: Logger) {
        self.label = logger.label
        self.base = RequestLogHandler.Base(logger.handler)
    }

    /// Creates a logger whose lines have the request's route, and its id by our name and by Hummingbird's, on which `context.id`
    /// relies.
    ///
    /// - Parameter route: the source of the route, read when a line is written.
    package func make(id: ExchangeID, route: (any RouteSource)? = nil, trace: RequestTrace? = nil) -> Logger {
        let base = trace.map { RequestLogHandler.Base(self.base.handler, trace: $0) } ?? self.base
        let handler = RequestLogHandler(base: base, id: id, route: route)
        return Logger(label: self.label) { _ in handler }
    }
}

/// Adds the request's id to each line when the line is written.
///
/// Setting metadata on a logger copies a dictionary, and most handlers render it to text at once: for every request, also for those
/// that log nothing. This handler has three words, which a logger stores without an allocation.
private struct RequestLogHandler: LogHandler {
    private static let keys = ["rr.request.id", "hb.request.id"]

    /// State that few loggers change, and all others share.
    final class Base: Sendable {
        let handler: any LogHandler
        let trace: RequestTrace?
        /// The metadata that was set on this logger.
        let own: Logger.Metadata

        init(_ handler: any LogHandler, trace: RequestTrace? = nil, own: Logger.Metadata = [:]) {
            self.handler = handler
            self.trace = trace
            self.own = own
        }
    }

    private var base: Base
    private let id: ExchangeID
    /// A ``RouteSource``, which as such would be two words.
    private let route: (any AnyObject & Sendable)?

    init(base: Base, id: ExchangeID, route: (any RouteSource)?) {
        self.base = base
        self.id = id
        self.route = route
    }

    private var idMetadata: Logger.MetadataValue { .stringConvertible(self.id) }

    private mutating func changeHandler(_ change: (inout any LogHandler) -> Void) {
        var handler = self.base.handler
        change(&handler)
        self.base = Base(handler, trace: self.base.trace, own: self.base.own)
    }

    private mutating func setOwn(_ own: Logger.Metadata) {
        self.base = Base(self.base.handler, trace: self.base.trace, own: own)
    }

    var logLevel: Logger.Level {
        get { self.base.handler.logLevel }
        set { self.changeHandler { $0.logLevel = newValue } }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { self.base.handler.metadataProvider }
        set { self.changeHandler { $0.metadataProvider = newValue } }
    }

    var metadata: Logger.Metadata {
        get {
            var metadata = self.base.handler.metadata
            for key in Self.keys { metadata[key] = self.idMetadata }
            return metadata.merging(self.base.own) { _, own in own }
        }
        set { self.setOwn(newValue) }
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get {
            self.base.own[key] ?? (Self.keys.contains(key) ? self.idMetadata : self.base.handler[metadataKey: key])
        }
        set {
            var own = self.base.own
            own[key] = newValue
            self.setOwn(own)
        }
    }

    func log(event: LogEvent) {
        var metadata = self.base.own
        metadata.add(event.metadata)
        if let trace = self.base.trace {
            trace.log(
                event.level, "\(event.message)",
                metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
        // One is enough to read.
        if metadata["rr.request.id"] == nil { metadata["rr.request.id"] = self.idMetadata }
        if let route = (self.route as? any RouteSource)?.route { metadata["rr.route"] = "\(route)" }
        var event = event
        event.metadata = metadata
        self.base.handler.log(event: event)
    }
}
