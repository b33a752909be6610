public import Logging

/// An error, and what is known of the circumstances.
public struct ErrorReport: Sendable {
    /// Something that happened before, from the request's log lines.
    public struct Breadcrumb: Sendable {
        /// How long after the request's coming.
        public let time: Duration
        /// The line's level.
        public let level: Logger.Level
        /// The line.
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
    /// Where.
    public let phase: ExceptionThrown.Phase
    /// The request that was being handled; nil where there was none, as at boot.
    public let request: RequestIdentity?
    /// The pattern that the path of the HTTP request has matched, `/articles/{id}`; nil where none has.
    public let route: String?
    /// The HTTP request, without secrets, and with those of its headers only that are known to hold none.
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
