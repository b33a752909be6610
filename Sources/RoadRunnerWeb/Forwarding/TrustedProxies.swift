import HTTPTypes
public import HTTPWorker
public import Hummingbird

/// Middleware that looks through trusted proxies: it determines the client's address, and the scheme, host and port of its
/// request.
///
/// ```swift
/// router.add(middleware: TrustedProxies(AddressRange.privateRanges))
/// router.get("whoami") { _, context in context.client.address ?? "unknown" }
/// ```
///
/// Headers are honoured from right to left, beginning with the peer, up to the first untrusted hop. The first address that is not
/// trusted is the client; anyone may have written the elements to the left of it. If a trusted proxy does not report its client
/// (`unknown`, `_hidden`), `Client.address` is nil. If no header reports an address, the peer is the client.
///
/// * List the headers that your proxies write, and no others. The default is `X-Forwarded-For` and `X-Forwarded-Proto`; other
///   headers are ignored, and so are all headers of an untrusted peer.
/// * A header that is malformed anywhere (an open quote, an element that is not an address, a scheme other than `http` and
///   `https`) is answered with 400. Empty elements are ignored, and so is an empty header.
/// * If a request has both `Forwarded` and `X-Forwarded-*`, and both are listed, only values on which they agree are used, since
///   one of them may be the client's. If they contradict each other, the response is 400.
/// * RoadRunner's middleware `proxy_ip_parser` does the same work, but not from right to left: use one of them.
///
/// Later middleware and handlers find the result in `RoadRunnerRequestContext.client` and `context.remoteAddress`; scheme and
/// host are also set in the request's head.
public struct TrustedProxies<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let ranges: [AddressRange]
    private let headers: ProxyHeaders
    private let names: [HTTPField.Name]

    /// Creates the middleware.
    ///
    /// - Parameters:
    ///   - ranges: the proxies' addresses: ``AddressRange/loopback``, ``AddressRange/privateRanges``,
    ///     ``AddressRange/unixSocket``, or a list.
    ///   - headers: the headers that the proxies write.
    public init(_ ranges: [AddressRange], headers: ProxyHeaders = .default) {
        self.ranges = ranges
        self.headers = headers
        self.names = headers.names
    }

    /// Parses the proxies' addresses from a string, such as an environment variable: addresses, ranges, and the names `loopback`,
    /// `private_ranges` and `unix`, separated by commas. An empty string trusts no proxy.
    ///
    /// - Throws: ``AddressRangeError``.
    public init(parsing text: String, headers: ProxyHeaders = .default) throws(AddressRangeError) {
        var ranges: [AddressRange] = []
        for part in HeaderList([text]) {
            let name = String(decoding: part.utf8.filter { $0 > 0x20 }, as: UTF8.self)
            switch name.asciiLowercased {
            case "": continue
            case "loopback": ranges += AddressRange.loopback
            case "private_ranges", "private-ranges", "privateranges": ranges += AddressRange.privateRanges
            case "unix": ranges += AddressRange.unixSocket
            default: ranges.append(try AddressRange(name))
            }
        }
        self.init(ranges, headers: headers)
    }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let client = try self.client(of: request, context.info) else { return try await next(request, context) }
        context.info.withState { $0.client = client }
        var head = request.head
        head.scheme = client.scheme
        let isDefaultPort = client.port == (client.isSecure ? 443 : 80)
        if !client.host.isEmpty { head.authority = isDefaultPort ? client.host : "\(client.host):\(client.port)" }
        return try await next(Request(head: head, body: request.body), context)
    }

    /// - Returns: nil when no trusted peer has sent any of the headers.
    private func client(of request: Request, _ info: RequestInfo) throws(HTTPError) -> Client? {
        // Without any of the headers trust does not matter.
        guard self.names.contains(where: request.headers.contains) else { return nil }
        guard let peer = ForwardedNode(peerOf: info), self.trusts(peer) else { return nil }
        let said: ForwardedHeaders
        do {
            said = try ForwardedHeaders(request.headers, self.headers)
        } catch {
            throw HTTPError(.badRequest, message: error.description)
        }
        let standard = said.standard.map(self.lookThrough)
        let deFacto = said.deFacto.map(self.lookThrough)
        guard let hop = standard ?? deFacto else { return nil }
        guard let standard, let deFacto else { return Client(hop, info) }
        guard let both = standard.common(with: deFacto) else {
            throw HTTPError(.badRequest, message: "Forwarded and X-Forwarded-* contradict each other")
        }
        return Client(both, info)
    }

    private func lookThrough(_ hops: [ForwardedHeaders.Hop]) -> ForwardedHeaders.Hop {
        var result = ForwardedHeaders.Hop()
        for hop in hops.reversed() {
            result.scheme = hop.scheme ?? result.scheme
            result.authority = hop.authority ?? result.authority
            result.port = hop.port ?? result.port
            result.client = hop.client
            // Stop at an untrusted or unknown client: its own headers are not honoured.
            guard let client = hop.client, self.trusts(client) else { break }
        }
        return result
    }

    private func trusts(_ node: ForwardedNode) -> Bool { self.ranges.contains { $0.contains(node) } }
}

extension Client {
    /// Values that a hop does not give are taken from the connection, except for the address of an unknown client.
    fileprivate init(_ hop: ForwardedHeaders.Hop, _ info: RequestInfo) {
        let address: String? =
            switch hop.client {
            case nil: info.ipAddress
            case .address(let address): address.description
            case .unixSocket, .unknown: nil
            }
        // The port of the host that was requested from the proxy, not ours.
        self.init(
            address: address, scheme: hop.scheme ?? info.scheme, authority: hop.authority ?? HostAndPort(info.authority),
            port: hop.port)
    }
}

extension ForwardedHeaders.Hop {
    /// The values on which both agree.
    ///
    /// - Returns: nil when they contradict each other.
    fileprivate func common(with other: ForwardedHeaders.Hop) -> ForwardedHeaders.Hop? {
        let hosts = (self.authority?.host.asciiLowercased, other.authority?.host.asciiLowercased)
        let ports = (self.port ?? self.authority?.port, other.port ?? other.authority?.port)
        guard Self.agree(self.client, other.client), Self.agree(self.scheme, other.scheme), Self.agree(hosts.0, hosts.1),
            Self.agree(ports.0, ports.1)
        else { return nil }
        return ForwardedHeaders.Hop(
            client: self.client == other.client ? self.client : .unknown,
            scheme: self.scheme == other.scheme ? self.scheme : nil,
            authority: hosts.0 == hosts.1 ? hosts.0.map { HostAndPort(host: $0, port: nil) } : nil,
            port: ports.0 == ports.1 ? ports.0 : nil)
    }

    private static func agree<Value: Equatable>(_ left: Value?, _ right: Value?) -> Bool {
        left == nil || right == nil || left == right
    }
}
