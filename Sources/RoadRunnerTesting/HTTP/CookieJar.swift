import Goridge

/// The cookies of a client (RFC 6265, section 5).
package struct CookieJar: Sendable {
    private struct Cookie {
        let name: [UInt8]
        let value: [UInt8]
        let domain: [UInt8]
        let path: [UInt8]
        let isHostOnly: Bool
        let isSecure: Bool
        /// The expiry in seconds since 1970; nil for as long as the client lives.
        let expires: Double?

        func replaces(_ other: Cookie) -> Bool {
            self.name == other.name && self.domain == other.domain && self.path == other.path
        }
    }

    /// The target of a request.
    private struct Place {
        let host: [UInt8]
        let path: [UInt8]
        let isTrusted: Bool

        init(_ uri: String) {
            let bytes = Array(uri.utf8)
            let schemeEnd = bytes.firstIndex(of: UInt8(ascii: ":")) ?? 0
            let isHTTPS = bytes[..<schemeEnd].elementsEqual("https".utf8)
            let rest = bytes.dropFirst(schemeEnd + 3)
            let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
            // The colons of an IPv6 address are in brackets.
            let end = authority.lastIndex(of: UInt8(ascii: "]")) ?? authority.startIndex
            let port = authority[end...].firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
            let host = CookieJar.lowercased(authority[..<port])
            self.host = host
            let path = rest[authority.endIndex...].prefix { $0 != UInt8(ascii: "?") }
            self.path = path.first == UInt8(ascii: "/") ? Array(path) : [UInt8(ascii: "/")]
            self.isTrusted = isHTTPS || ["localhost", "127.0.0.1", "[::1]"].contains { host.elementsEqual($0.utf8) }
        }

        /// The default path of a cookie (section 5.1.4).
        var defaultPath: [UInt8] {
            guard let slash = self.path.lastIndex(of: UInt8(ascii: "/")), slash > 0 else { return [UInt8(ascii: "/")] }
            return Array(self.path[..<slash])
        }
    }

    /// The maximum number of cookies. Browsers keep 50 or more per host.
    private static let maximumCookies = 300

    /// The cookies, in order of creation.
    private var cookies: [Cookie] = []

    package init() {}

    /// Stores the cookies of a response from `uri`, by its `Set-Cookie` lines.
    package mutating func store(_ lines: [String], from uri: String, now: Double) {
        let place = Place(uri)
        for line in lines {
            guard let cookie = Self.parse(line, place, now) else { continue }
            let index = self.cookies.firstIndex { cookie.replaces($0) }
            if let expires = cookie.expires, expires <= now {
                if let index { self.cookies.remove(at: index) }
            } else if let index {
                self.cookies[index] = cookie
            } else {
                self.cookies.append(cookie)
            }
        }
        if self.cookies.count > Self.maximumCookies { self.cookies.removeFirst(self.cookies.count - Self.maximumCookies) }
    }

    /// Returns the `Cookie` line of a request to `uri`; nil when no cookie belongs to it.
    package func header(for uri: String, now: Double) -> String? {
        let place = Place(uri)
        let sent = self.cookies.enumerated().filter { _, cookie in
            (cookie.expires.map { $0 > now } ?? true) && (!cookie.isSecure || place.isTrusted)
                && Self.path(cookie.path, covers: place.path)
                && (cookie.isHostOnly ? cookie.domain == place.host : Self.domain(cookie.domain, covers: place.host))
        }
        // Longer paths first; of equal ones the older ones.
        let sorted = sent.sorted { ($1.element.path.count, $0.offset) < ($0.element.path.count, $1.offset) }
        guard !sorted.isEmpty else { return nil }
        let pairs = sorted.map { $0.element.name + [UInt8(ascii: "=")] + $0.element.value }
        return String(decoding: Array(pairs.joined(separator: Array("; ".utf8))), as: UTF8.self)
    }

    /// Returns all values that have not expired, by name; of several cookies with one name the latest.
    package func values(now: Double) -> [String: String] {
        var values: [String: String] = [:]
        for cookie in self.cookies where cookie.expires.map({ $0 > now }) ?? true {
            values[String(decoding: cookie.name, as: UTF8.self)] = String(decoding: cookie.value, as: UTF8.self)
        }
        return values
    }

    // MARK: Rules

    /// - Returns: nil for a line that is not a cookie, or that is for another host.
    private static func parse(_ line: String, _ place: Place, _ now: Double) -> Cookie? {
        let parts = line.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { Self.pair($0) }
        guard let first = parts.first, let value = first.value, !first.name.isEmpty else { return nil }
        var (domain, isHostOnly, path, isSecure) = (place.host, true, place.defaultPath, false)
        var (expires, maximumAge): (Double?, Double?) = (nil, nil)
        for attribute in parts.dropFirst() {
            let value = attribute.value ?? []
            switch String(decoding: Self.lowercased(attribute.name), as: UTF8.self) {
            case "domain":
                let name = Self.lowercased(value.first == UInt8(ascii: ".") ? value.dropFirst() : value[...])
                guard !name.isEmpty else { continue }
                // A cookie for another host, or for a whole top-level domain.
                let isOwn = name.contains(UInt8(ascii: ".")) && Self.domain(name, covers: place.host)
                guard isOwn || name == place.host else { return nil }
                (domain, isHostOnly) = (name, false)
            case "path": path = value.first == UInt8(ascii: "/") ? value : place.defaultPath
            case "secure": isSecure = true
            case "expires": expires = CookieDate.parse(value) ?? expires
            case "max-age": maximumAge = Self.seconds(value) ?? maximumAge
            default: continue
            }
        }
        return Cookie(
            name: first.name, value: value, domain: domain, path: path, isHostOnly: isHostOnly, isSecure: isSecure,
            expires: maximumAge.map { now + $0 } ?? expires)
    }

    private static func pair(_ bytes: some BidirectionalCollection<UInt8>) -> (name: [UInt8], value: [UInt8]?) {
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return (Array(bytes.trimmingSpaces), nil) }
        return (Array(bytes[..<equals].trimmingSpaces), Array(bytes[equals...].dropFirst().trimmingSpaces))
    }

    private static func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func seconds(_ bytes: [UInt8]) -> Double? {
        let digits = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Double(String(decoding: bytes, as: UTF8.self))
    }

    private static func domain(_ domain: [UInt8], covers host: [UInt8]) -> Bool {
        if domain == host { return true }
        // The parts of an address are not subdomains.
        guard host.first != UInt8(ascii: "["), !host.allSatisfy({ $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }) else {
            return false
        }
        return host.count > domain.count && host.suffix(domain.count + 1).elementsEqual([UInt8(ascii: ".")] + domain)
    }

    private static func path(_ path: [UInt8], covers requested: [UInt8]) -> Bool {
        guard requested.starts(with: path) else { return false }
        return requested.count == path.count || path.last == UInt8(ascii: "/") || requested[path.count] == UInt8(ascii: "/")
    }
}
