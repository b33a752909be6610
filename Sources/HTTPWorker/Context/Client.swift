/// The client of a request, and the address of this server that it has used.
///
/// It is RoadRunner's information about the connection, unless `TrustedProxies` has looked through the proxies in front of it.
public struct Client: Sendable, Hashable {
    /// The IP address, without a port; nil if it is unknown.
    ///
    /// It is unknown when a trusted proxy does not report it (`unknown`, or an obfuscated identifier), and when the peer is
    /// connected by a unix socket. RoadRunner's own report of the peer is in ``RequestInfo/remoteAddress``.
    public let address: String?
    /// `http` or `https`.
    public let scheme: String
    /// The host that the client asked for, without the port; in brackets for an IPv6 address. Empty if there is none.
    public let host: String
    /// The port that the client asked for, or the scheme's default.
    public let port: Int

    /// Whether the client's connection is encrypted.
    public var isSecure: Bool { self.scheme == "https" }

    package init(address: String?, scheme: String, authority: HostAndPort, port: Int? = nil) {
        self.address = address
        self.scheme = scheme
        self.host = authority.host
        self.port = port ?? authority.port ?? (scheme == "https" ? 443 : 80)
    }

    /// The origin, such as `https://example.org`, with the port if it is not the scheme's default; empty if the host is invalid
    /// in a URL.
    var origin: String {
        guard HostAndPort(validating: self.host) != nil else { return "" }
        let port = self.port == (self.isSecure ? 443 : 80) ? "" : ":\(self.port)"
        return "\(self.scheme)://\(self.host)\(port)"
    }

    /// Creates a client from the peer itself.
    package init(peerOf info: RequestInfo) {
        self.init(address: info.ipAddress, scheme: info.scheme, authority: HostAndPort(info.authority))
    }
}

extension RequestInfo {
    /// The peer's address, if it has one.
    package var ipAddress: String? { IPAddress(self.remoteAddress) == nil ? nil : self.remoteAddress }
}

extension RoadRunnerRequestContext {
    /// The client that sent the request. `TrustedProxies` looks through proxies; without it the last one counts as the client.
    public var client: Client { self.info.withState { $0.client } ?? Client(peerOf: self.info) }
}
