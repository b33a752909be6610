public import Logging

/// Sends errors that nobody has caught to whoever collects them. ``RuntimeOptions/errorReporters`` has those in use.
public protocol ErrorReporter: Sendable {
    /// Takes a report. It is called on the request's path, so that it must not wait: what takes time is done later.
    func report(_ report: ErrorReport)

    /// Waits until what was taken is sent, or the time is up. Called before the process ends.
    func flush(within deadline: Duration) async
}

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

        /// For tests of reporters.
        public init(time: Duration, level: Logger.Level, message: String) {
            self.time = time
            self.level = level
            self.message = message
        }
    }

    /// What was thrown.
    public let error: any Error
    /// Where.
    public let phase: ExceptionThrown.Phase
    /// For whom; nil for errors of a boot and the like.
    public let request: RequestIdentity?
    /// The pattern that the path of the HTTP request has matched, `/articles/{id}`; nil where none has.
    public let route: String?
    /// The HTTP request, without secrets, and with those of its headers only that are known to hold none.
    public let details: RequestDetails?
    /// What `ErrorScope.setUser(_:)` has said.
    public let user: String?
    /// What `ErrorScope.setTag(_:_:)` has said.
    public let tags: [String: String]
    /// What was logged before, the latest last.
    public let breadcrumbs: [Breadcrumb]

    /// For tests of reporters.
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

/// What may be shown of an HTTP request: the values of secret headers and parameters are masked.
public struct RequestDetails: Sendable {
    /// The method.
    public let method: String
    /// Where the client believes to be: `https://example.org`, with a port where it is not the scheme's. Empty where no host is known.
    public package(set) var origin = ""
    /// The path, without the query.
    public let path: String
    /// The query; empty when there is none.
    public let query: String
    /// Header lines, the first hundred of them.
    public let headers: [(name: String, value: String)]

    package init(method: String, path: String, query: String, headers: [(name: String, value: String)]) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// The path, and the query where there is one.
    package var target: String { self.query.isEmpty ? self.path : "\(self.path)?\(self.query)" }
}

/// What error reports say of the request that the current task works for. Without a reporter it does nothing.
public enum ErrorScope {
    /// Who the user is: an id, not a name.
    public static func setUser(_ id: String?) { RequestTrace.current?.setUser(id) }

    /// Something to search by; names are up to 32 characters long, values 200.
    public static func setTag(_ name: String, _ value: String) { RequestTrace.current?.setTag(name, value) }
}

extension LifecycleEventDispatcher {
    /// Tells observers and reporters of an error that nobody has caught. It was logged before.
    package func exceptionThrown(
        _ error: any Error, phase: ExceptionThrown.Phase, request: RequestIdentity?, route: @autoclosure () -> String? = nil,
        details: @autoclosure () -> RequestDetails? = nil
    ) async {
        let trace = RequestTrace.current
        self.metrics?.exceptionThrown(request?.mode)
        trace?.error("\(String(reflecting: type(of: error))): \(error)")
        if !self.reporters.isEmpty {
            let contents = trace?.contents
            let report = ErrorReport(
                error: error, phase: phase, request: request, details: details()?.reported, user: contents?.user,
                tags: contents?.tags ?? [:],
                breadcrumbs: (contents?.logs ?? []).map { .init(time: $0.time, level: $0.level, message: $0.message) },
                route: route())
            for reporter in self.reporters { reporter.report(report) }
        }
        await self.emit(ExceptionThrown(error: error, phase: phase, request: request))
    }

    /// Waits until reports are sent, for a moment.
    ///
    /// - Returns: the reporters that did not keep the limit; they are left behind.
    @discardableResult
    package func flushReports(within limit: Duration = .seconds(2)) async -> [String] {
        await withTaskGroup(of: String?.self) { group in
            for reporter in self.reporters {
                group.addTask {
                    // One that keeps the limit by itself must not lose by a hair.
                    let hasEnded = await ends(within: limit * 1.25) { await reporter.flush(within: limit) }
                    return hasEnded ? nil : "the error reporter \(type(of: reporter))"
                }
            }
            return await group.reduce(into: []) { names, name in if let name { names.append(name) } }
        }
    }

    /// Whether someone wants to know what requests leave behind.
    package var wantsTraces: Bool { !self.reporters.isEmpty }
}
