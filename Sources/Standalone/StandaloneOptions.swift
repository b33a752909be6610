public import RoadRunnerRuntime

/// Where the standalone runtime listens, and how long it waits.
public struct StandaloneOptions: ModuleOptions {
    /// `HTTP_HOST`: a host name or address.
    public var host = "127.0.0.1"
    /// `HTTP_PORT`: from 0 to 65,535; 0 takes a free port.
    public var port = 8080

    /// `HTTP_IDLE_TIMEOUT` (in seconds, 0 for none): how long a connection may be idle, the head of a request may take, and a client may
    /// pause within a body.
    public var idleTimeout: Duration? = .seconds(75)

    /// The defaults.
    public init() {}

    public mutating func read(_ reader: OptionReader) throws(OptionError) {
        if let host = reader.text("http.host") { self.host = host }
        if let port = try reader.number("http.port", in: 0...65535) { self.port = port }
        if let seconds = try reader.number("http.idle.timeout", in: 0...86_400) {
            self.idleTimeout = seconds == 0 ? nil : .seconds(seconds)
        }
    }
}

extension RuntimeOptions {
    /// Where the standalone runtime listens.
    public var standalone: StandaloneOptions {
        get { self[StandaloneOptions.self] }
        set { self[StandaloneOptions.self] = newValue }
    }
}
