package import Logging
import Synchronization

/// Loggers of requests and events.
package enum RequestLogger {
    /// A logger whose lines have the request's id by our name and by Hummingbird's, which its `context.id` relies on, and its route.
    ///
    /// - Parameter route: asked when a line is written.
    package static func make(
        from logger: Logger, id: ExchangeID, route: (any RouteSource)? = nil, trace: RequestTrace? = nil
    ) -> Logger {
        let handler = RequestLogHandler(base: logger.handler, id: id, route: route, trace: trace)
        return Logger(label: logger.label) { _ in handler }
    }
}

/// The id of a request or an event: different in each process, and rendered only for those who ask.
package struct ExchangeID: Sendable, CustomStringConvertible {
    /// What all ids of this process begin with.
    static let high = String(UInt64.random(in: .min ... .max), radix: 16)
    private static let last = Atomic<UInt64>(.random(in: .min ... .max))

    /// What tells it from others of the process; ``high`` comes before its 16 digits.
    let low: UInt64

    package init() { self.low = Self.last.wrappingAdd(1, ordering: .relaxed).newValue }

    package var description: String {
        let low = String(self.low, radix: 16)
        return Self.high + String(repeating: "0", count: 16 - low.count) + low
    }
}

/// Adds the request's id to each line when the line is written.
///
/// Setting metadata on a logger copies a dictionary, and most handlers render it to text at once: for every request, also
/// for those that log nothing.
private struct RequestLogHandler: LogHandler {
    private static let keys = ["rr.request.id", "hb.request.id"]

    private var base: any LogHandler
    private let id: ExchangeID
    private let route: (any RouteSource)?
    private let trace: RequestTrace?
    /// What was set on this logger.
    private var own: Logger.Metadata = [:]

    init(base: any LogHandler, id: ExchangeID, route: (any RouteSource)?, trace: RequestTrace?) {
        self.base = base
        self.id = id
        self.route = route
        self.trace = trace
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
        if let more = event.metadata { metadata.merge(more) { _, new in new } }
        if let trace {
            trace.log(
                event.level, "\(event.message)",
                metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
        // One is enough to read.
        if metadata["rr.request.id"] == nil { metadata["rr.request.id"] = self.idMetadata }
        if let route = self.route?.route { metadata["rr.route"] = "\(route)" }
        var event = event
        event.metadata = metadata
        self.base.log(event: event)
    }
}
