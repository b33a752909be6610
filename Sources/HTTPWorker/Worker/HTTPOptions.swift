public import RoadRunnerRuntime

/// The settings of HTTP, under RoadRunner and alone.
public struct HTTPOptions: ModuleOptions {
    /// `HTTP_LAZY_BOOT`: when the kernel is built.
    public var boot: BootPolicy = .eager
    /// `REQUEST_DEADLINE` (in seconds): how long a handler may take until the head of its response; after that the client gets
    /// 504, and the handler is cancelled. Nil for no limit. Keep it below RoadRunner's `exec_ttl`, which kills the worker.
    public var requestDeadline: Duration?
    /// The time limit of the work after a response, by default 8 seconds. The next request waits for that work.
    public var afterResponseDeadline: Duration = .seconds(8)
    /// `HTTP_INFORMATIONAL`: whether informational responses (such as 103) are sent: `auto`, `always` or `never`.
    public var informationalResponses: InformationalPolicy = .automatic
    /// `HTTP_ERROR_BODIES`: whether responses of 400 and above without a body get one that explains the status, in a format that
    /// the client accepts. The application's own bodies are never changed. The standalone server answers malformed requests (400,
    /// 417, 431, 505) itself, always in plain text: mostly no `Accept` could be read.
    public var errorBodies = true
    /// `INSPECTOR_PATH`: the path of the inspector, in debug only; nil for none.
    public var inspectorPath: String? = "/_roadrunner"

    /// Creates the responses that are not the application's own.
    package var pages: any HTTPPages = PlainPages()

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Parameters that are left out have their default values.
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
    /// The settings of HTTP.
    public var http: HTTPOptions {
        get { self[HTTPOptions.self] }
        set { self[HTTPOptions.self] = newValue }
    }
}
