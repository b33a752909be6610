#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An IP address. IPv4 addresses within IPv6 ones (`::ffff:192.0.2.1`) are IPv4 addresses.
package struct IPAddress: Hashable, CustomStringConvertible {
    /// The 4 or 16 bytes of the address.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Parses an address of either kind, without brackets.
    package init?(_ text: some StringProtocol) {
        guard let address = IPAddress(v4: text) ?? IPAddress(v6: text) else { return nil }
        self = address
    }

    package init?(v4 text: some StringProtocol) {
        guard let bytes = Self.parse(text, AF_INET, count: 4) else { return nil }
        self.bytes = bytes
    }

    package init?(v6 text: some StringProtocol) {
        // A zone (fe80::1%eth0) identifies the network card, not the address.
        let address = text.utf8.firstIndex(of: UInt8(ascii: "%")).map { text[..<$0] } ?? text[...]
        guard let bytes = Self.parse(address, AF_INET6, count: 16) else { return nil }
        let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        self.bytes = bytes.starts(with: mappedPrefix) ? Array(bytes.dropFirst(12)) : bytes
    }

    /// Parses an address in brackets: `[2001:db8::1]`.
    package init?(bracketed text: Substring) {
        guard text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") else { return nil }
        self.init(v6: Substring(text.utf8.dropFirst().dropLast()))
    }

    private static func parse(_ text: some StringProtocol, _ family: CInt, count: Int) -> [UInt8]? {
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, String(text), &bytes) == 1 ? bytes : nil
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = self.bytes.count == 4 ? AF_INET : AF_INET6
        return inet_ntop(family, self.bytes, &text, socklen_t(text.count)).map { String(cString: $0) } ?? ""
    }
}
