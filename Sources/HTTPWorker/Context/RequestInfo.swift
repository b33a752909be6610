public import NIOCore
package import RoadRunnerRuntime
import Hummingbird
import Synchronization

/// Facts about a request beyond the HTTP message, from RoadRunner or, in standalone mode, from Hummingbird's server.
public struct RequestInfo: Sendable {
    struct Storage: Sendable {
        var remoteAddress = ""
        var remotePort: Int?
        var protocolVersion = ""
        /// Of the connection to RoadRunner, or to the standalone server.
        var scheme = "http"
        var authority = ""
        var attributes: [String: [String]] = [:]
        /// The form as RoadRunner has parsed it: JSON, or nothing for an empty one.
        var parsedForm: ByteBuffer?
        var uploads = ByteBuffer()
        var server = ServerKind.roadRunner
    }

    // Contexts are copied with every middleware; behind one reference that costs one count.
    let channel: RequestChannel

    /// Knows the route, once there is one.
    package var routeSource: any RouteSource { self.channel }

    init(_ storage: consuming Storage) { self.channel = RequestChannel(storage) }

    init(_ channel: RequestChannel) { self.channel = channel }

    /// Creates the information of another server, and for tests of applications without one.
    ///
    /// - Parameters:
    ///   - remoteAddress: the peer's address, without a port.
    ///   - remotePort: the peer's port.
    ///   - protocolVersion: as RoadRunner writes it, `HTTP/1.1` say.
    ///   - scheme: of the connection.
    ///   - authority: the `Host` header.
    ///   - attributes: what RoadRunner's middlewares have attached.
    public init(
        remoteAddress: String = "", remotePort: Int? = nil, protocolVersion: String = "HTTP/1.1", scheme: String = "http",
        authority: String = "", attributes: [String: [String]] = [:]
    ) {
        self.init(
            Storage(
                remoteAddress: remoteAddress, remotePort: remotePort, protocolVersion: protocolVersion, scheme: scheme,
                authority: authority, attributes: attributes, server: .standalone))
    }

    /// The information that a channel of another server has.
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

    /// The address of the peer, without a port: the client's, or that of the last proxy before RoadRunner
    /// (RoadRunner's middleware `proxy_ip_parser` may have replaced it).
    ///
    /// It is what RoadRunner says. Of a peer that is connected by a unix socket, that is `@`, the name of the peer's socket, or nothing.
    public var remoteAddress: String { self.channel.storage.remoteAddress }

    /// The peer's address as a socket address. RoadRunner does not tell the peer's port: it is 0 then. Nil when it is not an IP address.
    public var remoteSocketAddress: SocketAddress? { self.channel.remoteAddress }

    /// `HTTP/1.1`, `HTTP/2.0` or `HTTP/3.0`.
    public var protocolVersion: String { self.channel.storage.protocolVersion }

    /// Values that RoadRunner's middlewares attached to the request, by name.
    public var attributes: [String: [String]] { self.channel.storage.attributes }

    /// Whether RoadRunner has parsed the body, which was a form: `request.form(context:)` has it then, and the body's bytes are not
    /// there. Never with `http.raw_body: true`.
    public var isParsed: Bool { self.channel.storage.parsedForm != nil }

    /// The form as RoadRunner has parsed it, in JSON; empty for a form without fields; nil unless ``isParsed``.
    public var parsedForm: ByteBuffer? { self.channel.storage.parsedForm }

    /// `http` or `https`: of the connection to RoadRunner, or to the standalone server. For the client's see
    /// ``RoadRunnerRequestContext/client``.
    public var scheme: String { self.channel.storage.scheme }

    /// The host that was asked for, with a port perhaps; empty where the client sent none (HTTP/1.0).
    public var authority: String { self.channel.storage.authority }

    /// Whose fault an error was, where the connection knows better than the error.
    ///
    /// - Parameter fault: nil when the connection has nothing to do with it.
    package func attributeErrors(_ fault: @escaping @Sendable () async -> Fault?) {
        self.withState { $0.connectionFault = fault }
    }

    func fault(of error: any Error, isCancelled: Bool) async -> Fault {
        let fault = Fault(error, isCancelled: isCancelled)
        guard fault == .application, let connectionFault = self.withState({ $0.connectionFault }) else { return fault }
        return await connectionFault() ?? fault
    }

    /// When the head of the response has to be sent at the latest; nil without a deadline.
    var deadlineEnd: ContinuousClock.Instant? { self.withState { $0.deadlineEnd } }

    /// The outcome of the request, for the policies of the kernel.
    var outcome: Outcome { self.withState { $0.outcome } }

    /// An exchange within this request has ended, and was reported.
    package func note(nested outcome: Outcome) { self.withState { $0.note(nested: outcome) } }

    /// Whether errors may be shown to the client.
    package var isDebug: Bool { self.withState { $0.isDebug } }

    /// The server that has accepted the request.
    package var server: ServerKind { self.channel.storage.server }

    /// RoadRunner's description of uploaded files: a JSON tree whose leaves have `name`, `mime`, `size`, `error` and `tmpName`.
    /// Empty unless RoadRunner parsed a multipart form. The files are gone once the response was sent.
    public var uploads: ByteBuffer { self.channel.storage.uploads }
}

/// A server that accepts requests.
package enum ServerKind: Sendable {
    case roadRunner, standalone
    /// Hummingbird's own application, or its test kit.
    case other
}
