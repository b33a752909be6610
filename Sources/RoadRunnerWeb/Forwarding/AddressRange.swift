import HTTPWorker

/// A range of IP addresses, such as `10.0.0.0/8` or `2001:db8::/32`, a single address, or all peers on unix sockets, which have
/// none.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: Hashable {
        case network([UInt8], prefixLength: Int)
        case unixSocket
    }

    private let kind: Kind

    /// Creates a range from a string.
    ///
    /// - Throws: ``AddressRangeError``.
    public init(_ text: String) throws(AddressRangeError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
        // A zone would be ignored, which would make the range larger than it looks.
        guard (1...2).contains(parts.count), !parts[0].utf8.contains(UInt8(ascii: "%")), let address = IPAddress(parts[0]) else {
            throw AddressRangeError(text: text)
        }
        let bits = address.bytes.count * 8
        guard let length = parts.count == 1 ? bits : parts[1].decimalNumber, length <= bits else {
            throw AddressRangeError(text: text)
        }
        self.kind = .network(address.bytes, prefixLength: length)
    }

    private init(_ bytes: [UInt8], _ prefixLength: Int) { self.kind = .network(bytes, prefixLength: prefixLength) }

    private init(_ kind: Kind) { self.kind = kind }

    /// The addresses of this computer: `127.0.0.0/8` and `::1`.
    public static let loopback = [
        AddressRange([127, 0, 0, 0], 8),
        AddressRange([UInt8](repeating: 0, count: 15) + [1], 128),
    ]

    /// Peers that are connected through a unix socket: RoadRunner's `http.address: unix:///run/rr.sock`.
    ///
    /// Do not use it with RoadRunner's middleware `proxy_ip_parser`, which lets clients choose the address that RoadRunner
    /// reports.
    public static let unixSocket = [AddressRange(Kind.unixSocket)]

    /// Networks that are not part of the internet: ``loopback``, RFC 1918, RFC 6598 (shared), RFC 3927 and RFC 4291 (link-local),
    /// and RFC 4193 (unique local).
    public static let privateRanges =
        Self.loopback + [
            AddressRange([10, 0, 0, 0], 8),
            AddressRange([172, 16, 0, 0], 12),
            AddressRange([192, 168, 0, 0], 16),
            AddressRange([100, 64, 0, 0], 10),
            AddressRange([169, 254, 0, 0], 16),
            AddressRange([0xFC] + [UInt8](repeating: 0, count: 15), 7),
            AddressRange([0xFE, 0x80] + [UInt8](repeating: 0, count: 14), 10),
        ]

    public var description: String {
        guard case .network(let bytes, let prefixLength) = self.kind else { return "unix" }
        let address = IPAddress(bytes: bytes).description
        return prefixLength == bytes.count * 8 ? address : "\(address)/\(prefixLength)"
    }

    func contains(_ node: ForwardedNode) -> Bool {
        switch node {
        case .address(let address): self.contains(address)
        case .unixSocket: self.kind == .unixSocket
        case .unknown: false
        }
    }

    func contains(_ address: IPAddress) -> Bool {
        guard case .network(let bytes, let prefixLength) = self.kind, address.bytes.count == bytes.count else { return false }
        var rest = prefixLength
        for (own, other) in zip(bytes, address.bytes) where rest > 0 {
            let mask = rest >= 8 ? UInt8.max : ~(UInt8.max >> UInt8(rest))
            guard own & mask == other & mask else { return false }
            rest -= 8
        }
        return true
    }
}
