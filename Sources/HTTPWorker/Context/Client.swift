/// The client of a request, and the address of this server that it has used.
///
/// It is what RoadRunner knows of the connection, unless `TrustedProxies` has looked through the proxies before it.
public struct Client: Sendable, Hashable {
    /// The IP address, without a port; nil where it is not known.
    ///
    /// It is not where a trusted proxy does not tell it (`unknown`, or an obfuscated identifier), and where the peer is connected by a
    /// unix socket. What RoadRunner itself says of the peer is in ``RequestInfo/remoteAddress``.
    public let address: String?
    /// `http` or `https`.
    public let scheme: String
    /// The host that the client asked for, without the port; in brackets where it is an IPv6 address. Empty when there is none.
    public let host: String
    /// The port that the client asked for: what was said, or that of the scheme.
    public let port: Int

    /// Whether the client's connection is encrypted.
    public var isSecure: Bool { self.scheme == "https" }

    package init(address: String?, scheme: String, authority: HostAndPort, port: Int? = nil) {
        self.address = address
        self.scheme = scheme
        self.host = authority.host
        self.port = port ?? authority.port ?? (scheme == "https" ? 443 : 80)
    }

    /// `https://example.org`, with the port where it is not the scheme's; empty where the host is none that a URL can have.
    var origin: String {
        guard HostAndPort(validating: self.host) != nil else { return "" }
        let port = self.port == (self.isSecure ? 443 : 80) ? "" : ":\(self.port)"
        return "\(self.scheme)://\(self.host)\(port)"
    }

    /// The peer itself.
    package init(peerOf info: RequestInfo) {
        self.init(address: info.ipAddress, scheme: info.scheme, authority: HostAndPort(info.authority))
    }
}

extension RequestInfo {
    /// The peer's address, where it has one.
    package var ipAddress: String? { IPAddress(self.remoteAddress) == nil ? nil : self.remoteAddress }
}

extension RoadRunnerRequestContext {
    /// The client that has sent the request. `TrustedProxies` looks through proxies; without it the last one counts as the client.
    public var client: Client { self.info.withState { $0.client } ?? Client(peerOf: self.info) }
}
