public import Logging

/// An error and its circumstances.
public struct ErrorReport: Sendable {
    /// An earlier log line of the request.
    public struct Breadcrumb: Sendable {
        /// The time since the request arrived.
        public let time: Duration
        /// The level of the line.
        public let level: Logger.Level
        /// The message of the line.
        public let message: String

        /// Creates a breadcrumb, for tests of reporters.
        public init(time: Duration, level: Logger.Level, message: String) {
            self.time = time
            self.level = level
            self.message = message
        }
    }

    /// The error that was thrown.
    public let error: any Error
    /// The phase in which the error was thrown.
    public let phase: ExceptionThrown.Phase
    /// The request that was being handled; nil when there was none, as at boot.
    public let request: RequestIdentity?
    /// The pattern that the path of the HTTP request matched, such as `/articles/{id}`; nil when none did.
    public let route: String?
    /// The HTTP request without secrets: only headers that are known to hold none are included.
    public let details: RequestDetails?
    /// The user that `ErrorScope.setUser(_:)` has set.
    public let user: String?
    /// The tags that `ErrorScope.setTag(_:_:)` has set.
    public let tags: [String: String]
    /// The log lines before the error, the latest last.
    public let breadcrumbs: [Breadcrumb]

    /// Creates a report, for tests of reporters.
    public init(
        error: any Error, phase: ExceptionThrown.Phase, request: RequestIdentity?, details: RequestDetails?, user: String?,
        tags: [String: String], breadcrumbs: [Breadcrumb], route: String? = nil
    ) {
        self.error = error
        self.phase = phase
        self.request = request
        self.route = route
        self.details = details
        self.user = user
        self.tags = tags
        self.breadcrumbs = breadcrumbs
    }
}
