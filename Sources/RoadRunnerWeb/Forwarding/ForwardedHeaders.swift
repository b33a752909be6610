import HTTPTypes
import HTTPWorker
import RoadRunnerRuntime

/// The hops of a request as its proxies report them, the last one at the end.
struct ForwardedHeaders {
    struct Hop: Equatable {
        /// The peer of the proxy; nil if no header gives it.
        var client: ForwardedNode?
        var scheme: String?
        var authority: HostAndPort?
        /// The value of `X-Forwarded-Port`.
        var port: Int?
    }

    /// The maximum number of hops that are read: no request passes as many proxies.
    static let maximumHops = 64

    /// The hops of `Forwarded` (RFC 7239); nil if it is missing.
    let standard: [Hop]?
    /// The hops of `X-Forwarded-For`, with the values of the other headers for each hop; nil if all of them are missing.
    let deFacto: [Hop]?

    /// - Parameter kinds: the headers to read; the others may contain anything.
    /// - Throws: ``ForwardedHeadersError`` for any malformed element, since it may have swallowed those to its right.
    init(_ headers: HTTPFields, _ kinds: ProxyHeaders) throws(ForwardedHeadersError) {
        self.standard = kinds.contains(.forwarded) ? try Self.readStandard(headers) : nil
        self.deFacto = try Self.readDeFacto(headers, kinds)
    }

    // MARK: Forwarded

    private static func readStandard(_ headers: HTTPFields) throws(ForwardedHeadersError) -> [Hop]? {
        let hops = try Self.elements(of: .forwarded, headers) { element throws(ForwardedHeadersError) in try Self.hop(element) }
        return hops.isEmpty ? nil : hops
    }

    private static func hop(_ element: Substring) throws(ForwardedHeadersError) -> Hop {
        // The proxy has a client even if it reports nothing about it.
        var hop = Hop(client: .unknown)
        var names: Set<String> = []
        for part in HeaderList(partsOf: element, separator: ";") {
            guard let pair = HeaderPair(part) else { throw .init(.forwarded, "a part that is not name=value") }
            guard names.insert(pair.name).inserted else { throw .init(.forwarded, "a name twice in one element") }
            switch pair.name {
            case "for":
                guard let node = ForwardedNode(pair.value) else { throw .init(.forwarded, ForwardedHeadersError.noAddress) }
                hop.client = node
            case "proto":
                guard let scheme = Self.scheme(pair.value) else { throw .init(.forwarded, ForwardedHeadersError.noScheme) }
                hop.scheme = scheme
            case "host":
                guard let authority = HostAndPort(validating: pair.value) else {
                    throw .init(.forwarded, ForwardedHeadersError.noHost)
                }
                hop.authority = authority
            default: continue
            }
        }
        return hop
    }

    // MARK: X-Forwarded-…

    private static func readDeFacto(_ headers: HTTPFields, _ kinds: ProxyHeaders) throws(ForwardedHeadersError) -> [Hop]? {
        func values<Value>(
            _ kind: ProxyHeaders, _ name: HTTPField.Name, else problem: String, _ parse: (Substring) -> Value?
        ) throws(ForwardedHeadersError) -> [Value] {
            guard kinds.contains(kind) else { return [] }
            return try Self.elements(of: name, headers) { element throws(ForwardedHeadersError) in
                guard let value = parse(element) else { throw .init(name, problem) }
                return value
            }
        }
        let clients = try values(.xForwardedFor, .xForwardedFor, else: ForwardedHeadersError.noAddress) { ForwardedNode($0) }
        let schemes = try values(.xForwardedProto, .xForwardedProto, else: ForwardedHeadersError.noScheme) { Self.scheme($0) }
        let hosts = try values(.xForwardedHost, .xForwardedHost, else: ForwardedHeadersError.noHost) {
            HostAndPort(validating: $0)
        }
        let ports = try values(.xForwardedPort, .xForwardedPort, else: "an element that is not a port") { PortNumber.parse($0) }
        guard !(clients.isEmpty && schemes.isEmpty && hosts.isEmpty && ports.isEmpty) else { return nil }
        // The lists end with the same proxy. A shorter list comes from proxies that write no list: its first element is what the
        // client requested. Elements beyond the list of addresses are not from a trusted proxy.
        let count = max(clients.count, 1)
        return (0..<count).map { index in
            func value<Value>(_ list: [Value]) -> Value? {
                let place = index - (count - list.count)
                return list.indices.contains(place) ? list[place] : list.first
            }
            return Hop(
                client: clients.indices.contains(index) ? clients[index] : nil, scheme: value(schemes), authority: value(hosts),
                port: value(ports))
        }
    }

    // MARK: Values

    /// The last elements, parsed.
    private static func elements<Value>(
        of name: HTTPField.Name, _ headers: HTTPFields, _ parse: (Substring) throws(ForwardedHeadersError) -> Value
    ) throws(ForwardedHeadersError) -> [Value] {
        var values: [Value] = []
        for element in HeaderList(headers[values: name]).suffix(Self.maximumHops) { values.append(try parse(element)) }
        return values
    }

    private static func scheme(_ text: some StringProtocol) -> String? {
        ["http", "https"].first { text.hasBytesIgnoringCase(of: $0) }
    }
}

extension ProxyHeaders {
    var names: [HTTPField.Name] {
        let all: [(ProxyHeaders, HTTPField.Name)] = [
            (.forwarded, .forwarded), (.xForwardedFor, .xForwardedFor), (.xForwardedProto, .xForwardedProto),
            (.xForwardedHost, .xForwardedHost), (.xForwardedPort, .xForwardedPort),
        ]
        return all.filter { self.contains($0.0) }.map(\.1)
    }
}
