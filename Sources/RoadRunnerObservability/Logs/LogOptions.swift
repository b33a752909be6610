public import RoadRunnerRuntime

/// The format and destination of the lines of ``RoadRunnerLogHandler``.
public struct LogOptions: ModuleOptions {
    /// `LOG_FORMAT`: nil for text in debug, JSON otherwise.
    public var format: LogFormat?
    /// `LOG_TO_ROADRUNNER`: whether lines are sent to RoadRunner's logger.
    public var sendsToRoadRunner = false

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Parameters that are left out have their default values.
    public init(
        format: LogFormat? = nil, sendsToRoadRunner: Bool = false
    ) {
        self.format = format
        self.sendsToRoadRunner = sendsToRoadRunner
    }

    public mutating func read(_ reader: OptionReader) throws(OptionError) {
        if let name = reader.text("log.format") {
            guard let format = LogFormat(rawValue: name.lowercased()) else {
                throw reader.error("log.format", name, expectation: "text or json")
            }
            self.format = format
        }
        if let flag = try reader.flag("log.to.roadrunner") { self.sendsToRoadRunner = flag }
    }
}

extension RuntimeOptions {
    /// The format and destination of the lines of ``RoadRunnerLogHandler``.
    public var logging: LogOptions {
        get { self[LogOptions.self] }
        set { self[LogOptions.self] = newValue }
    }
}
