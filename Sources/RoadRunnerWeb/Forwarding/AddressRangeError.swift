public import Goridge

/// A string that is not a range of addresses.
public struct AddressRangeError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case malformed }
        private let kind: Kind

        /// The string is neither an address nor a range of addresses.
        public static let malformed = Code(kind: .malformed)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .malformed }
    /// The string that was parsed.
    public let text: String

    public var description: String {
        """
        "\(self.text)" is neither an IP address nor an address range: write 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32, or one of the names \
        loopback, private_ranges and unix
        """
    }
}
