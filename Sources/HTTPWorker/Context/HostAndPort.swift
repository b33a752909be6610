/// A host and a port, as in the `Host` header: `example.org`, `example.org:8443`, `[2001:db8::1]:80`.
package struct HostAndPort: Equatable {
    /// The host. An IPv6 address is in brackets.
    package let host: String
    /// The port; nil if none is written.
    package let port: Int?

    package init(host: String, port: Int?) {
        self.host = host
        self.port = port
    }

    /// Splits an authority. An invalid port is left in the host.
    package init(_ authority: String) {
        let bytes = authority.utf8
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else {
            (self.host, self.port) = (authority, nil)
            return
        }
        let text = authority[bytes.index(after: colon)...]
        let port = PortNumber.parse(text)
        (self.host, self.port) = port == nil && !text.isEmpty ? (authority, nil) : (String(authority[..<colon]), port)
    }

    /// - Returns: nil for an invalid host: it may end up in links.
    package init?(validating authority: some StringProtocol) {
        self.init(String(authority))
        guard (1...255).contains(self.host.utf8.count), Self.isHost(self.host) else { return nil }
    }

    /// Whether these bytes can be a `Host` header, judged by their characters only, as Go's server does.
    package static func isAuthority(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!$%&'()*+,-.:;=[]_~".utf8.contains(byte)
            }
        }
    }

    private static func isHost(_ host: String) -> Bool {
        if host.utf8.first == UInt8(ascii: "[") {
            // A zone identifies a network card of this computer, which no other computer knows.
            return host.utf8.last == UInt8(ascii: "]") && !host.utf8.contains(UInt8(ascii: "%"))
                && IPAddress(bracketed: host[...]) != nil
        }
        return host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._".utf8.contains(byte)
            }
        }
    }
}
