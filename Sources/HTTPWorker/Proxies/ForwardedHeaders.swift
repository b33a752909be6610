import HTTPTypes

/// What proxies say of a request, hop by hop, the last one at the end.
struct ForwardedHeaders {
    struct Hop: Equatable {
        /// Who has asked the proxy; nil when it does not tell an address.
        var address: IPAddress?
        var scheme: String?
        var authority: String?
        var port: Int?
    }

    /// More hops than this are not looked at: nobody has so many proxies.
    static let maximumHops = 64

    /// RFC 7239; nil when there is none.
    let standard: [Hop]?
    /// `X-Forwarded-For`, each with what the others say of its hop; nil when there is none of them.
    let deFacto: [Hop]?

    init(_ headers: HTTPFields) {
        self.standard = Self.readStandard(headers[values: .forwarded])
        self.deFacto = Self.readDeFacto(headers)
    }

    // MARK: Forwarded

    private static func readStandard(_ lines: [String]) -> [Hop]? {
        guard !lines.isEmpty else { return nil }
        var hops: [Hop] = []
        for line in lines {
            var scanner = HeaderScanner(line)
            while !scanner.isAtEnd {
                var hop = Hop()
                repeat {
                    guard let (name, value) = scanner.readParameter() else { continue }
                    switch name {
                    case "for": hop.address = Self.address(value)
                    case "proto": hop.scheme = Self.scheme(value)
                    case "host": hop.authority = Self.authority(value)
                    default: continue
                    }
                } while scanner.skip(";")
                hops.append(hop)
                guard scanner.skip(",") else { break }
            }
        }
        return hops.suffix(Self.maximumHops)
    }

    // MARK: X-Forwarded-…

    private static func readDeFacto(_ headers: HTTPFields) -> [Hop]? {
        let addresses = Self.list(headers, .xForwardedFor)
        let schemes = Self.list(headers, .xForwardedProto)
        let hosts = Self.list(headers, .xForwardedHost)
        let ports = Self.list(headers, .xForwardedPort)
        guard !(addresses.isEmpty && schemes.isEmpty && hosts.isEmpty && ports.isEmpty) else { return nil }
        // The lists end with the same proxy. A shorter one comes from the proxies that write no list: what is said is what the
        // client has asked for.
        let count = max(addresses.count, 1)
        return (0..<count).map { index in
            func value(_ list: [Substring]) -> Substring? {
                let place = index - (count - list.count)
                return list.indices.contains(place) ? list[place] : list.first
            }
            return Hop(
                address: addresses.indices.contains(index) ? Self.address(addresses[index]) : nil,
                scheme: value(schemes).flatMap(Self.scheme),
                authority: value(hosts).flatMap(Self.authority),
                port: value(ports).flatMap { Int($0) }.flatMap { (1...65535).contains($0) ? $0 : nil })
        }
    }

    private static func list(_ headers: HTTPFields, _ name: HTTPField.Name) -> [Substring] {
        let values = headers[values: name].flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        return values.suffix(Self.maximumHops).map { $0.trimmingSpaces }
    }

    // MARK: Values

    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
    private static func address(_ text: some StringProtocol) -> IPAddress? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            return IPAddress(text[text.index(after: text.startIndex)..<end])
        }
        if let address = IPAddress(text) { return address }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        return IPAddress(text[..<colon])
    }

    private static func scheme(_ text: some StringProtocol) -> String? {
        let scheme = text.lowercased()
        return scheme == "http" || scheme == "https" ? scheme : nil
    }

    /// Nothing but what hosts are made of: it may end up in links.
    private static func authority(_ text: some StringProtocol) -> String? {
        let isHost = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._:[]".utf8.contains(byte)
            }
        }
        return isHost && (1...255).contains(text.utf8.count) ? String(text) : nil
    }
}

extension HTTPField.Name {
    private static func known(_ name: StaticString) -> HTTPField.Name { HTTPField.Name("\(name)") ?? .via }

    static let forwarded = Self.known("Forwarded")
    static let xForwardedFor = Self.known("X-Forwarded-For")
    static let xForwardedProto = Self.known("X-Forwarded-Proto")
    static let xForwardedHost = Self.known("X-Forwarded-Host")
    static let xForwardedPort = Self.known("X-Forwarded-Port")
}
