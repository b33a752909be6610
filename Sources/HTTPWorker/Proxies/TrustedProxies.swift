import HTTPTypes
public import Hummingbird

/// Middleware that looks through trusted proxies: who the client is, and by which scheme, host and port it has asked.
///
/// ```swift
/// router.add(middleware: TrustedProxies(.privateRanges))
/// router.get("whoami") { _, context in context.client.address }
/// ```
///
/// `Forwarded` (RFC 7239) and `X-Forwarded-For`, `-Proto`, `-Host` and `-Port` are believed only as far as those who say so are
/// trusted: beginning with the peer, and from the right. The first address that is not trusted is the client; what is to the left
/// of it, anyone may have written. A request whose two kinds of headers disagree is refused (400): one of them was not
/// written by the proxy. Where the proxies write only one kind, name it, so that the other is not looked at.
///
/// Later middleware and handlers find the result in ``RoadRunnerRequestContext/client``, in `context.remoteAddress`, and scheme and
/// host in the request's head as well.
public struct TrustedProxies<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let ranges: [AddressRange]
    private let headers: ProxyHeaders

    /// - Parameters:
    ///   - ranges: the proxies' addresses: ``AddressRange/loopback``, ``AddressRange/privateRanges``, or a list.
    ///   - headers: which headers the proxies write.
    public init(_ ranges: [AddressRange], headers: ProxyHeaders = .all) {
        self.ranges = ranges
        self.headers = headers
    }

    /// The proxies' addresses from a text, such as an environment variable: addresses, ranges, and the names `loopback` and
    /// `private_ranges`, with commas between them. Empty trusts nobody.
    ///
    /// - Throws: ``AddressRangeError``.
    public init(parsing text: String, headers: ProxyHeaders = .all) throws(AddressRangeError) {
        var ranges: [AddressRange] = []
        for part in text.split(separator: ",") {
            let name = String(part.filter { !$0.isWhitespace })
            switch name.lowercased() {
            case "": continue
            case "loopback": ranges += AddressRange.loopback
            case "private_ranges", "private-ranges", "privateranges": ranges += AddressRange.privateRanges
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

    /// - Returns: nil when nobody trusted says anything.
    private func client(of request: Request, _ info: RequestInfo) throws -> Client? {
        guard let peer = IPAddress(info.remoteAddress), self.trusts(peer) else { return nil }
        let said = ForwardedHeaders(request.headers)
        let standard = self.headers.contains(.forwarded) ? said.standard.map { self.lookThrough($0, peer) } : nil
        let deFacto = self.headers.contains(.xForwarded) ? said.deFacto.map { self.lookThrough($0, peer) } : nil
        if let standard, let deFacto, !standard.agrees(with: deFacto) {
            throw HTTPError(.badRequest, message: "Forwarded and X-Forwarded-* contradict each other")
        }
        guard let hop = standard ?? deFacto else { return nil }
        let other = standard == nil ? nil : deFacto
        // A port that belongs to the host that was asked for at the proxy, not to ours.
        let authority = hop.authority ?? other?.authority
        return Client(
            address: (hop.address ?? peer).description,
            scheme: hop.scheme ?? other?.scheme ?? info.scheme,
            authority: authority ?? info.authority,
            port: hop.port ?? other?.port)
    }

    private func lookThrough(_ hops: [ForwardedHeaders.Hop], _ peer: IPAddress) -> ForwardedHeaders.Hop {
        var result = ForwardedHeaders.Hop(address: peer)
        for hop in hops.reversed() {
            result.scheme = hop.scheme ?? result.scheme
            result.authority = hop.authority ?? result.authority
            result.port = hop.port ?? result.port
            // Whoever is not told is not trusted: what it says goes no further than this.
            guard let address = hop.address else { break }
            result.address = address
            guard self.trusts(address) else { break }
        }
        return result
    }

    private func trusts(_ address: IPAddress) -> Bool { self.ranges.contains { $0.contains(address) } }
}

/// The headers that proxies write.
public struct ProxyHeaders: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `Forwarded` (RFC 7239).
    public static let forwarded = ProxyHeaders(rawValue: 1)
    /// `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-Port`.
    public static let xForwarded = ProxyHeaders(rawValue: 2)
    /// Both.
    public static let all: ProxyHeaders = [.forwarded, .xForwarded]
}

extension ForwardedHeaders.Hop {
    /// Whether what both say is the same.
    fileprivate func agrees(with other: ForwardedHeaders.Hop) -> Bool {
        func agree<Value: Equatable>(_ left: Value?, _ right: Value?) -> Bool { left == nil || right == nil || left == right }
        return agree(self.address, other.address) && agree(self.scheme, other.scheme)
            && agree(self.authority?.lowercased(), other.authority?.lowercased())
    }
}
