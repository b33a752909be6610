public import NIOCore
package import RoadRunnerRuntime
import Synchronization

/// Information about a request beyond the HTTP message, from RoadRunner or, in standalone mode, from Hummingbird's server.
public struct RequestInfo: Sendable {
    struct Storage: Sendable {
        var remoteAddress = ""
        var remotePort: Int?
        var protocolVersion = ""
        /// The scheme of the connection to RoadRunner, or to the standalone server.
        var scheme = "http"
        var authority = ""
        var attributes: [String: [String]] = [:]
        /// The form as RoadRunner has parsed it: JSON, or no bytes for an empty one.
        var parsedForm: ByteBuffer?
        var uploads = ByteBuffer()
        var server = ServerKind.roadRunner
    }

    // Contexts are copied by every middleware; with one reference that costs one count.
    let channel: RequestChannel

    /// The source of the route, once there is one.
    package var routeSource: any RouteSource { self.channel }

    init(_ storage: consuming Storage) { self.channel = RequestChannel(storage) }

    init(_ channel: RequestChannel) { self.channel = channel }

    /// Creates the information for another server, or for tests of applications without one.
    ///
    /// - Parameters:
    ///   - remoteAddress: the peer's address, without a port.
    ///   - remotePort: the peer's port.
    ///   - protocolVersion: the version as RoadRunner writes it, such as `HTTP/1.1`.
    ///   - scheme: the scheme of the connection.
    ///   - authority: the `Host` header.
    ///   - attributes: the values that RoadRunner's middlewares have attached.
    public init(
        remoteAddress: String = "", remotePort: Int? = nil, protocolVersion: String = "HTTP/1.1", scheme: String = "http",
        authority: String = "", attributes: [String: [String]] = [:]
    ) {
        self.init(
            Storage(
                remoteAddress: remoteAddress, remotePort: remotePort, protocolVersion: protocolVersion, scheme: scheme,
                authority: authority, attributes: attributes, server: .standalone))
    }

    /// Creates the information from the channel of another server.
    init(of channel: any Channel) {
        let address = channel.remoteAddress
        self.init(
            Storage(
                remoteAddress: address?.ipAddress ?? "", remotePort: address?.port, protocolVersion: "HTTP/1.1", server: .other))
    }

    /// State that changes while the request is handled.
    package func withState<Result>(_ body: (inout sending RequestState) throws -> sending Result) rethrows -> sending Result {
        try self.channel.state.withLock(body)
    }

    /// The address of the peer, without a port: the client, or the last proxy in front of RoadRunner (RoadRunner's middleware
    /// `proxy_ip_parser` may have replaced it).
    ///
    /// It is RoadRunner's report. For a peer on a unix socket that is `@`, the name of the peer's socket, or nothing.
    public var remoteAddress: String { self.channel.storage.remoteAddress }

    /// The peer's address as a socket address; nil when it is not an IP address. Its port is 0 under RoadRunner, which does not
    /// report it.
    public var remoteSocketAddress: SocketAddress? { self.channel.remoteAddress }

    /// `HTTP/1.1`, `HTTP/2.0` or `HTTP/3.0`.
    public var protocolVersion: String { self.channel.storage.protocolVersion }

    /// Values that RoadRunner's middlewares attached to the request, by name.
    public var attributes: [String: [String]] { self.channel.storage.attributes }

    /// Whether RoadRunner has parsed the body, which was a form: then `request.form(context:)` returns it, and the body's bytes
    /// are not available. Always false with `http.raw_body: true`.
    public var isParsed: Bool { self.channel.storage.parsedForm != nil }

    /// The form as RoadRunner has parsed it, in JSON; empty for a form without fields; nil unless ``isParsed``.
    public var parsedForm: ByteBuffer? { self.channel.storage.parsedForm }

    /// `http` or `https`: the scheme of the connection to RoadRunner, or to the standalone server.
    /// ``RoadRunnerRequestContext/client`` has the client's.
    public var scheme: String { self.channel.storage.scheme }

    /// The requested host, with an optional port; empty if the client sent none (HTTP/1.0).
    public var authority: String { self.channel.storage.authority }

    /// Sets a function that reports whose fault an error was, for connections that know better than the error.
    ///
    /// - Parameter fault: returns nil when the connection did not cause the error.
    package func attributeErrors(_ fault: @escaping @Sendable () async -> Fault?) {
        self.withState { $0.connectionFault = fault }
    }

    func fault(of error: any Error, isCancelled: Bool) async -> Fault {
        let fault = Fault(error, isCancelled: isCancelled)
        guard fault == .application, let connectionFault = self.withState({ $0.connectionFault }) else { return fault }
        return await connectionFault() ?? fault
    }

    /// The time by which the head of the response must be sent; nil without a deadline.
    var deadlineEnd: ContinuousClock.Instant? { self.withState { $0.deadlineEnd } }

    /// The outcome of the request, for the policies of the kernel.
    var outcome: Outcome { self.withState { $0.outcome } }

    /// Records an exchange within this request, which has ended and was reported.
    package func note(nested outcome: Outcome) { self.withState { $0.note(nested: outcome) } }

    /// Whether errors may be shown to the client.
    package var isDebug: Bool { self.withState { $0.isDebug } }

    /// The server that accepted the request.
    package var server: ServerKind { self.channel.storage.server }

    /// RoadRunner's description of uploaded files: a JSON tree whose leaves have `name`, `mime`, `size`, `error` and `tmpName`.
    /// Empty unless RoadRunner parsed a multipart form. The files are removed after the response.
    public var uploads: ByteBuffer { self.channel.storage.uploads }
}
