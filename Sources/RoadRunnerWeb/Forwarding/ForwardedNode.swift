import HTTPWorker

/// The peer of a proxy, as the proxy reports it (RFC 7239, section 6), or the peer of RoadRunner.
enum ForwardedNode: Hashable {
    case address(IPAddress)
    /// A process on the same computer, which has no address.
    case unixSocket
    /// A peer whose address is not reported: `unknown`, or a name that the proxy made up (`_hidden`).
    case unknown

    /// Parses `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, `unknown` or `_hidden`, each but the second with an optional port; or
    /// `unix:`, as nginx writes it.
    ///
    /// - Returns: nil for anything else.
    init?(_ text: some StringProtocol) {
        let text = Substring(text)
        // A zone (fe80::1%eth0) is the name of a network card of the proxy, which means nothing here.
        guard !text.utf8.contains(UInt8(ascii: "%")) else { return nil }
        if let address = IPAddress(text) {
            self = .address(address)
            return
        }
        if text.hasBytesIgnoringCase(of: "unix:") {
            self = .unixSocket
            return
        }
        var name = text
        if let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")), Self.isPort(text.utf8[colon...].dropFirst()) {
            name = text[..<colon]
        }
        if let address = IPAddress(bracketed: name) ?? IPAddress(v4: name) {
            self = .address(address)
        } else if name.hasBytesIgnoringCase(of: "unknown") || Self.isObfuscated(name.utf8) {
            self = .unknown
        } else {
            return nil
        }
    }

    /// Creates the peer from RoadRunner's report of it; nil if that is not possible.
    init?(peerOf info: RequestInfo) {
        if let address = IPAddress(info.remoteAddress) {
            self = .address(address)
            return
        }
        // RoadRunner reports "@", the name of the peer's socket, or nothing, depending on its version and the system. Without
        // RoadRunner, nothing means a peer that has left.
        let first = info.remoteAddress.utf8.first
        guard info.server == .roadRunner, first == nil || first == UInt8(ascii: "@") || first == UInt8(ascii: "/") else {
            return nil
        }
        self = .unixSocket
    }

    private static func isPort(_ bytes: Substring.UTF8View) -> Bool {
        bytes.count <= 5 && PortNumber.parse(Substring(bytes)) != nil || Self.isObfuscated(bytes)
    }

    private static func isObfuscated(_ bytes: Substring.UTF8View) -> Bool {
        bytes.count > 1 && bytes.first == UInt8(ascii: "_")
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "._-".utf8.contains(byte)
                }
            }
    }
}
