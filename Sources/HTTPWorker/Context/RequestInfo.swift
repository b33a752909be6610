public import NIOCore

/// What RoadRunner knows of a request beyond the HTTP message. In standalone mode what Hummingbird's server knows.
public struct RequestInfo: Sendable {
    // Contexts are copied with every middleware; behind one reference that costs one count.
    final class Box: Sendable {
        let storage: Storage
        init(_ storage: Storage) { self.storage = storage }
    }

    struct Storage: Sendable {
        var remoteAddress = ""
        var remotePort: Int?
        var protocolVersion = ""
        var attributes: [String: [String]] = [:]
        var isParsed = false
        var uploads = ByteBuffer()
    }

    private let box: Box

    init(_ storage: Storage) { self.box = Box(storage) }

    /// For the standalone server, and for tests of applications without a server.
    ///
    /// - Parameters:
    ///   - remoteAddress: the peer's address, without a port.
    ///   - protocolVersion: as RoadRunner writes it, `HTTP/1.1` say.
    package init(remoteAddress: String, remotePort: Int?, protocolVersion: String) {
        self.init(
            Storage(remoteAddress: remoteAddress, remotePort: remotePort, protocolVersion: protocolVersion))
    }

    /// The address of the peer, without a port: the client's, or that of the last proxy before RoadRunner
    /// (RoadRunner's middleware `proxy_ip_parser` may have replaced it).
    public var remoteAddress: String { self.box.storage.remoteAddress }

    /// The same as a socket address. RoadRunner does not tell the peer's port: it is 0 then. Nil when it is not an IP address.
    public var remoteSocketAddress: SocketAddress? {
        try? SocketAddress(ipAddress: self.remoteAddress, port: self.box.storage.remotePort ?? 0)
    }

    /// `HTTP/1.1`, `HTTP/2.0` or `HTTP/3.0`.
    public var protocolVersion: String { self.box.storage.protocolVersion }

    /// Values that RoadRunner's middlewares attached to the request, by name.
    public var attributes: [String: [String]] { self.box.storage.attributes }

    /// Whether RoadRunner has parsed the body (a form), so that it is JSON now. Never with `http.raw_body: true`.
    public var isParsed: Bool { self.box.storage.isParsed }

    /// RoadRunner's description of uploaded files: a JSON tree whose leaves have `name`, `mime`, `size`, `error` and `tmpName`.
    /// Empty unless RoadRunner parsed a multipart form. The files are gone once the answer was sent.
    public var uploads: ByteBuffer { self.box.storage.uploads }
}
