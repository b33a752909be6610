import HTTPWorker

/// The peer of a proxy, in the proxy's own words (RFC 7239, section 6), or the peer of RoadRunner.
enum ForwardedNode: Hashable {
    case address(IPAddress)
    /// A process on the same computer, which has no address.
    case unixSocket
    /// Somebody whose address is not told: `unknown`, or a name of the proxy's own (`_hidden`).
    case unknown

    /// `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, `unknown`, `_hidden`, all but the second with a port perhaps; `unix:`, as nginx
    /// writes it.
    ///
    /// - Returns: nil for anything else.
    init?(_ text: some StringProtocol) {
        let text = Substring(text)
        // A zone (fe80::1%eth0) is the name of a network card, of which the proxy's own are not ours.
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

    /// The peer, where it can be told from what RoadRunner says of it.
    init?(peerOf info: RequestInfo) {
        if let address = IPAddress(info.remoteAddress) {
            self = .address(address)
            return
        }
        // RoadRunner says "@", the name of the peer's socket, or nothing, by version and system. Alone, nothing is a peer that has left.
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
