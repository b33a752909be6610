import Goridge
public import Logging
public import RoadRunnerRuntime

/// Log lines of a worker: for people in debug, one JSON object a line in production; to standard error, or to RoadRunner's logger.
///
/// ```swift
/// static func bootstrap(_ options: RuntimeOptions) async throws {
///     try RoadRunnerLogHandler.bootstrap(options)
/// }
/// ```
///
/// With `logs.channels.server.mode: raw` in .rr.yaml RoadRunner prints standard error as it is.
public struct RoadRunnerLogHandler: LogHandler {
    /// Where lines go.
    public enum Destination: Sendable {
        /// Each line is one `write`.
        case standardError
        /// RoadRunner's logger, by its `app-logger` plugin, with the line's level. Lines wait for that in a queue; where there is no RoadRunner,
        /// or the queue is full, they go to standard error.
        case roadRunner(AppLogger)
    }

    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat
    private let destination: Destination
    private let write: @Sendable (String) -> Void

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - label: of the logger.
    ///   - format: of lines on standard error.
    public init(
        _ label: String, format: LogFormat, level: Logger.Level = .info, destination: Destination = .standardError,
        metadataProvider: Logger.MetadataProvider? = LoggingSystem.metadataProvider
    ) {
        self.init(label, format: format, level: level, destination: destination, metadataProvider: metadataProvider) {
            SystemCall.writeAll(2, $0)
        }
    }

    init(
        _ label: String, format: LogFormat, level: Logger.Level, destination: Destination,
        metadataProvider: Logger.MetadataProvider?, write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.destination = destination
        self.metadataProvider = metadataProvider
        self.write = write
    }

    /// Makes it the process's log handler, as ``LogOptions`` say.
    ///
    /// - Throws: `OptionError` for a value of `LOG_FORMAT` or `LOG_TO_ROADRUNNER` that makes no sense.
    public static func bootstrap(_ options: RuntimeOptions) throws {
        let log = try options.inForce(LogOptions.self)
        let format = log.format ?? (options.isDebug ? .text : .json)
        let destination: Destination = log.sendsToRoadRunner ? .roadRunner(AppLogger(format: format)) : .standardError
        LoggingSystem.bootstrap { label in
            RoadRunnerLogHandler(label, format: format, level: options.logLevel, destination: destination)
        }
    }

    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var metadata = self.metadata
        metadata.add(self.metadataProvider?.get())
        metadata.add(event.metadata)
        if case .roadRunner(let logger) = self.destination, logger.take(event, label: self.label, metadata) { return }
        self.write(LogLine.render(event, label: self.label, metadata, as: self.format))
    }
}
