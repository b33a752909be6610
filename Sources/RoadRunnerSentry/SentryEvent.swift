import RoadRunnerRuntime

/// An event in Sentry's format (its developer documentation, "Event Payloads").
struct SentryEvent: Encodable, Sendable {
    struct Exception: Encodable, Sendable {
        struct Mechanism: Encodable, Sendable {
            let type: String
            let handled: Bool
        }
        let type: String
        let value: String
        let mechanism: Mechanism
    }

    struct Values<Value: Encodable & Sendable>: Encodable, Sendable { let values: [Value] }

    struct Breadcrumb: Encodable, Sendable {
        let timestamp: Double
        let level: String
        let message: String
        let category = "log"
    }

    struct RequestPayload: Encodable, Sendable {
        let method: String
        let url: String
        let query_string: String?
        let headers: [String: String]
    }

    struct User: Encodable, Sendable { let id: String }

    struct TransactionInfo: Encodable, Sendable { let source: String }

    struct Extra: Encodable, Sendable { let subject: String }

    let event_id: String
    let timestamp: Double
    let platform = "native"
    let level: String
    let environment: String
    let release: String?
    let server_name: String?
    let transaction: String?
    let transaction_info: TransactionInfo?
    let exception: Values<Exception>
    let breadcrumbs: Values<Breadcrumb>?
    let request: RequestPayload?
    let user: User?
    let tags: [String: String]
    let extra: Extra?
    let contexts = SentryContexts.current
    let sdk = SentryContexts.SDK()

    /// The limit on the length of strings. Longer ones are truncated, as Sentry would do.
    private static let maximumText = 8000
    private static let maximumCauses = 10

    init(_ report: ErrorReport, id: String, now: Double, _ options: SentryReporter.Options) {
        self.event_id = id
        self.timestamp = now
        self.level = report.phase == .boot || report.phase == .crash ? "fatal" : "error"
        self.environment = SentryText.name(options.environment, maximumLength: 64) ?? "production"
        self.release = options.release.flatMap { SentryText.name($0, maximumLength: 200) }
        self.server_name = options.serverName.flatMap { SentryText.line($0) }
        (self.transaction, self.transaction_info) = Self.transaction(report)
        // Such as the channel of an event.
        self.extra = report.details == nil ? report.request.map { Extra(subject: String($0.name.prefix(Self.maximumText))) } : nil
        // Sentry expects causes before their effects.
        self.exception = Values(
            values: Self.chain(report.error).reversed().map { error in
                Exception(
                    type: String(reflecting: Swift.type(of: error)), value: String("\(error)".prefix(Self.maximumText)),
                    mechanism: .init(type: "roadrunner", handled: false))
            })
        let start = now - (report.breadcrumbs.last.map { $0.time / .seconds(1) } ?? 0)
        self.breadcrumbs =
            report.breadcrumbs.isEmpty
            ? nil
            : Values(
                values: report.breadcrumbs.map { crumb in
                    Breadcrumb(
                        timestamp: start + crumb.time / .seconds(1), level: Self.level("\(crumb.level)"),
                        message: String(crumb.message.prefix(Self.maximumText)))
                })
        self.request = report.details.map { details in
            RequestPayload(
                method: details.method, url: details.origin + details.path,
                query_string: details.query.isEmpty ? nil : details.query,
                headers: Dictionary(details.headers.map { ($0.name, $0.value) }) { "\($0), \($1)" })
        }
        self.user = report.user.map(User.init)
        var tags = Dictionary(
            report.tags.compactMap { name, value in
                SentryText.line(value).map { (SentryText.tagName(name), $0) }
            }, uniquingKeysWith: { first, _ in first })
        tags["phase"] = report.phase.description
        if let request = report.request {
            tags["mode"] = request.mode.rawValue
            tags["request.id"] = request.id
        }
        self.tags = tags
    }

    /// The key by which Sentry groups reports. Paths and channels cannot be used: clients choose them, so there is no end of
    /// them.
    private static func transaction(_ report: ErrorReport) -> (String?, TransactionInfo?) {
        guard let request = report.request else { return (nil, nil) }
        let kind = request.name.prefix { $0 != " " }
        guard request.mode == .http else { return (SentryText.line("\(request.mode.rawValue) \(kind)"), .init(source: "task")) }
        guard let route = report.route else { return (SentryText.line(request.name), .init(source: "url")) }
        // A route that is not a pattern is the name of the responder.
        return (SentryText.line("\(kind) \(route)"), .init(source: route.hasPrefix("/") ? "route" : "component"))
    }

    /// The error, the first of those that led to it, the first of those that led to that one, and so on.
    private static func chain(_ error: any Error) -> [any Error] {
        var chain: [any Error] = [error]
        while chain.count < Self.maximumCauses, let cause = chain.last?.causes.first { chain.append(cause) }
        return chain
    }

    private static func level(_ level: String) -> String {
        switch level {
        case "trace", "debug": "debug"
        case "notice", "info": "info"
        case "critical": "fatal"
        default: level
        }
    }
}
