/// Who has sent a request, and by which address of this server.
///
/// It is what RoadRunner knows of the connection, unless ``TrustedProxies`` has looked through the proxies before it.
public struct Client: Sendable, Hashable {
    /// The address, without a port: an IP address, or what RoadRunner says of a connection that has none.
    public let address: String
    /// `http` or `https`.
    public let scheme: String
    /// The host that the client asked for, without the port; in brackets where it is an IPv6 address. Empty when there is none.
    public let host: String
    /// The port that the client asked for: what was said, or that of the scheme.
    public let port: Int

    /// Whether the client's connection is encrypted.
    public var isSecure: Bool { self.scheme == "https" }

    init(address: String, scheme: String, authority: String, port: Int? = nil) {
        self.address = address
        self.scheme = scheme
        let (host, stated) = Self.split(authority)
        self.host = host
        self.port = port ?? stated ?? (scheme == "https" ? 443 : 80)
    }

    /// The host and the port of a `Host` header.
    private static func split(_ authority: String) -> (host: String, port: Int?) {
        guard let colon = authority.utf8.lastIndex(of: UInt8(ascii: ":")), !authority[colon...].contains("]"),
            let port = Int(authority[authority.index(after: colon)...]), (1...65535).contains(port)
        else { return (authority.hasSuffix(":") ? String(authority.dropLast()) : authority, nil) }
        return (String(authority[..<colon]), port)
    }
}

extension RoadRunnerRequestContext {
    /// Who has sent the request. ``TrustedProxies`` looks through proxies; without it the last one counts as the client.
    public var client: Client {
        self.info.withState { $0.client }
            ?? Client(address: self.info.remoteAddress, scheme: self.info.scheme, authority: self.info.authority)
    }
}
