public import RoadRunnerRuntime

/// How HTTP is served, under RoadRunner and alone.
public struct HTTPOptions: ModuleOptions {
    /// `HTTP_LAZY_BOOT`: when the kernel is built.
    public var boot: BootPolicy = .eager
    /// `REQUEST_DEADLINE` (in seconds): how long a handler may take until the head of its response; the client then gets 504, and the
    /// handler is cancelled. Nil for no limit. Keep it below RoadRunner's `exec_ttl`, which kills.
    public var requestDeadline: Duration?
    /// How long the work after a response may take, by default 8 seconds. The next request waits for it.
    public var afterResponseDeadline: Duration = .seconds(8)
    /// `HTTP_INFORMATIONAL`: whether informational responses (103 and others) are sent: `auto`, `always` or `never`.
    public var informationalResponses: InformationalPolicy = .automatic
    /// `HTTP_ERROR_BODIES`: whether responses of 400 and above that have no body get one that says what they are, in the format that the
    /// client asks for. Bodies of the application's own stay as they are in any case.
    public var errorBodies = true
    /// `INSPECTOR_PATH`: where the inspector is, in debug only; nil for none.
    public var inspectorPath: String? = "/_roadrunner"

    /// Makes the responses that are not the application's own.
    package var pages: any HTTPPages = PlainPages()

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Those that are left out have their default values.
    public init(
        boot: BootPolicy = .eager,
        requestDeadline: Duration? = nil,
        afterResponseDeadline: Duration = .seconds(8),
        informationalResponses: InformationalPolicy = .automatic,
        inspectorPath: String? = "/_roadrunner",
        errorBodies: Bool = true
    ) {
        self.boot = boot
        self.requestDeadline = requestDeadline
        self.afterResponseDeadline = afterResponseDeadline
        self.informationalResponses = informationalResponses
        self.inspectorPath = inspectorPath
        self.errorBodies = errorBodies
    }

    public mutating func read(_ reader: OptionReader) throws(OptionError) {
        if let flag = try reader.flag("http.lazy.boot") { self.boot = flag ? .lazy : .eager }
        if let seconds = try reader.number("request.deadline", in: 1...100_000) { self.requestDeadline = .seconds(seconds) }
        if let name = reader.text("http.informational") {
            guard let policy = InformationalPolicy(rawValue: name.lowercased()) else {
                throw reader.error(
                    "http.informational", name,
                    expectation: "one of \(InformationalPolicy.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self.informationalResponses = policy
        }
        if let flag = try reader.flag("http.error.bodies") { self.errorBodies = flag }
        if let path = reader.text("inspector.path") {
            guard path == "off" || (path.hasPrefix("/") && path.utf8.count > 1) else {
                throw reader.error("inspector.path", path, expectation: "a path, such as /_roadrunner, or off")
            }
            self.inspectorPath = path == "off" ? nil : path
        }
    }
}

extension RuntimeOptions {
    /// How HTTP is served.
    public var http: HTTPOptions {
        get { self[HTTPOptions.self] }
        set { self[HTTPOptions.self] = newValue }
    }
}
