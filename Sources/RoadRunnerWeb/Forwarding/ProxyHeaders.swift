/// The headers that proxies write.
///
/// List those that every trusted proxy sets itself, whatever the client has sent, and no others: a header that a proxy passes on
/// is controlled by the client.
public struct ProxyHeaders: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `Forwarded` (RFC 7239).
    public static let forwarded = ProxyHeaders(rawValue: 1)
    /// `X-Forwarded-For`: the client's address.
    public static let xForwardedFor = ProxyHeaders(rawValue: 2)
    /// `X-Forwarded-Proto`: the scheme.
    public static let xForwardedProto = ProxyHeaders(rawValue: 4)
    /// `X-Forwarded-Host`: the host, and optionally the port.
    public static let xForwardedHost = ProxyHeaders(rawValue: 8)
    /// `X-Forwarded-Port`: the port, which overrides the host's.
    public static let xForwardedPort = ProxyHeaders(rawValue: 16)

    /// `X-Forwarded-For` and `X-Forwarded-Proto`, which nearly all proxies are configured to write.
    public static let `default`: ProxyHeaders = [.xForwardedFor, .xForwardedProto]
    /// The four headers that begin with `X-Forwarded-`.
    public static let xForwarded: ProxyHeaders = [.xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort]
    /// All five headers.
    public static let all: ProxyHeaders = [.forwarded, .xForwarded]
}
