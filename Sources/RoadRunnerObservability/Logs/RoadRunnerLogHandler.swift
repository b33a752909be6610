import Goridge
public import Logging
public import RoadRunnerRuntime

/// Writes a worker's log lines: text in debug, one JSON object a line in production; to standard error, or to RoadRunner's
/// logger.
///
/// ```swift
/// static func bootstrap(_ options: RuntimeOptions) async throws {
///     try RoadRunnerLogHandler.bootstrap(options)
/// }
/// ```
///
/// With `logs.channels.server.mode: raw` in .rr.yaml RoadRunner prints standard error unchanged.
public struct RoadRunnerLogHandler: LogHandler {
    /// The destination of log lines.
    public enum Destination: Sendable {
        /// Standard error; each line is one `write`.
        case standardError
        /// RoadRunner's logger, through its `app-logger` plugin, with the line's level. Lines wait for it in a queue; when there
        /// is no RoadRunner, or the queue is full, they go to standard error.
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
    ///   - label: the label of the logger.
    ///   - format: the format of lines on standard error.
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

    /// Makes it the log handler of the process, configured by ``LogOptions``.
    ///
    /// - Throws: `OptionError` for an invalid value of `LOG_FORMAT` or `LOG_TO_ROADRUNNER`.
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
