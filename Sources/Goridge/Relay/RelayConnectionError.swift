/// A connection that could not be made.
public struct RelayConnectionError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case cannotConnect }
        private let kind: Kind

        /// Nothing listens at the address, or it cannot be reached.
        public static let cannotConnect = Code(kind: .cannotConnect)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .cannotConnect }
    /// The address of the connection.
    public let address: RelayAddress
    /// The system's error message.
    public let reason: String

    public var description: String {
        """
        could not connect to RoadRunner at \(self.address): \(self.reason). Make sure that it runs, and that this is the address it \
        listens on
        """
    }
}
