public import RoadRunnerRuntime

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The address that the standalone runtime listens on, and its idle timeout.
public struct StandaloneOptions: ModuleOptions {
    /// `HTTP_HOST`: a host name or address.
    public var host = "127.0.0.1"
    /// `HTTP_PORT`: from 0 to 65,535; 0 picks a free port.
    public var port = 8080
    /// `HTTP_UNIX_SOCKET`: the path of a unix socket, in place of host and port; nil for none.
    public var unixSocket: String?

    /// `HTTP_IDLE_TIMEOUT` (in seconds, 0 for none): how long a connection may be idle, the head of a request may take, and a client may
    /// pause within a body.
    public var idleTimeout: Duration? = .seconds(75)

    /// Creates options with their default values.
    public init() {}

    /// Creates options. Parameters that are left out have their default values.
    public init(
        host: String = "127.0.0.1",
        port: Int = 8080,
        unixSocket: String? = nil,
        idleTimeout: Duration? = .seconds(75)
    ) {
        self.host = host
        self.port = port
        self.unixSocket = unixSocket
        self.idleTimeout = idleTimeout
    }

    public mutating func read(_ reader: OptionReader) throws(OptionError) {
        if let host = reader.text("http.host") { self.host = host }
        if let port = try reader.number("http.port", in: 0...65535) { self.port = port }
        if let path = reader.text("http.unix.socket") {
            // sockaddr_un has room for 104 bytes on some systems, the last of which is 0.
            guard path.utf8.count < 104 else {
                throw reader.error("http.unix.socket", path, expectation: "a path of at most 103 bytes")
            }
            self.unixSocket = path
        }
        if let seconds = try reader.number("http.idle.timeout", in: 0...86_400) {
            self.idleTimeout = seconds == 0 ? nil : .seconds(seconds)
        }
    }
}

extension StandaloneOptions {
    /// Whether it listens on a loopback address. A name other than `localhost` may resolve to any address, and a unix socket is
    /// mostly used by a proxy that the world can reach.
    package var isLocalOnly: Bool {
        if self.unixSocket != nil { return false }
        if self.host == "localhost" { return true }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, self.host, &bytes) == 1 { return bytes[0] == 127 }
        guard inet_pton(AF_INET6, self.host, &bytes) == 1 else { return false }
        if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes.last == 1 }
        // ::ffff:127.0.0.1
        return bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF && bytes[12] == 127
    }
}

extension RuntimeOptions {
    /// The address that the standalone runtime listens on, and its idle timeout.
    public var standalone: StandaloneOptions {
        get { self[StandaloneOptions.self] }
        set { self[StandaloneOptions.self] = newValue }
    }
}
