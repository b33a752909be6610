#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A range of IP addresses, as `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let bytes: [UInt8]
    private let prefixLength: Int

    /// - Throws: ``AddressRangeError``.
    public init(_ text: String) throws(AddressRangeError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPAddress(parts[0]) else { throw AddressRangeError(text: text) }
        self.bytes = address.bytes
        guard parts.count == 2 else {
            self.prefixLength = self.bytes.count * 8
            return
        }
        guard let length = Int(parts[1]), (0...self.bytes.count * 8).contains(length) else { throw AddressRangeError(text: text) }
        self.prefixLength = length
    }

    private init(_ bytes: [UInt8], _ prefixLength: Int) {
        self.bytes = bytes
        self.prefixLength = prefixLength
    }

    /// This computer: `127.0.0.0/8` and `::1`.
    public static let loopback = [
        AddressRange([127, 0, 0, 0], 8),
        AddressRange([UInt8](repeating: 0, count: 15) + [1], 128),
    ]

    /// Networks that are not part of the internet: ``loopback``, RFC 1918, RFC 6598 (shared), RFC 3927 and RFC 4291 (link-local), and
    /// RFC 4193 (unique local).
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
        let address = IPAddress(bytes: self.bytes).description
        return self.prefixLength == self.bytes.count * 8 ? address : "\(address)/\(self.prefixLength)"
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == self.bytes.count else { return false }
        var rest = self.prefixLength
        for (own, other) in zip(self.bytes, address.bytes) where rest > 0 {
            let mask = rest >= 8 ? UInt8.max : ~(UInt8.max >> UInt8(rest))
            guard own & mask == other & mask else { return false }
            rest -= 8
        }
        return true
    }
}

/// A text that is no range of addresses.
public struct AddressRangeError: Error, Hashable, CustomStringConvertible {
    /// What was read.
    public let text: String

    public var description: String {
        """
        "\(self.text)" is neither an IP address nor a range of them: write 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32, or one of the names \
        loopback and private_ranges
        """
    }
}

/// An IP address. IPv4 addresses within IPv6 ones (`::ffff:192.0.2.1`) are IPv4 addresses.
struct IPAddress: Hashable, CustomStringConvertible {
    /// 4 or 16.
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    init?(_ text: some StringProtocol) {
        // A zone (fe80::1%eth0) says which network card, not which address.
        let text = String(text.prefix { $0 != "%" })
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, text, &bytes) != 1 {
            bytes = [UInt8](repeating: 0, count: 16)
            guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        }
        let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        if bytes.count == 16, bytes.starts(with: mappedPrefix) { bytes = Array(bytes.dropFirst(12)) }
        self.bytes = bytes
    }

    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = self.bytes.count == 4 ? AF_INET : AF_INET6
        return inet_ntop(family, self.bytes, &text, socklen_t(text.count)).map { String(cString: $0) } ?? ""
    }
}
