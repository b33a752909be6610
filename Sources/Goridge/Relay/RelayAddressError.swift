/// An address of RoadRunner that cannot be used.
public struct RelayAddressError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case missing, empty, missingScheme, unknownScheme, malformedPort, emptyPath, pathTooLong, notASocket
        }
        private let kind: Kind

        /// No address is set.
        public static let missing = Code(kind: .missing)
        /// The address is empty.
        public static let empty = Code(kind: .empty)
        /// The address does not begin with `tcp://` or `unix://`, and is not `pipes`.
        public static let missingScheme = Code(kind: .missingScheme)
        /// The address has an unknown scheme.
        public static let unknownScheme = Code(kind: .unknownScheme)
        /// The port is missing, or is not a number from 1 to 65535.
        public static let malformedPort = Code(kind: .malformedPort)
        /// `unix://` is not followed by a path.
        public static let emptyPath = Code(kind: .emptyPath)
        /// The path is longer than unix sockets allow.
        public static let pathTooLong = Code(kind: .pathTooLong)
        /// The address is `pipes`, where a socket is needed.
        public static let notASocket = Code(kind: .notASocket)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// The value that was read.
    public let text: String
    /// Where it was read.
    public let source: String
    package let reason: String
    var allowsPipes = true

    public var description: String {
        let what =
            self.code == .missing ? "\(self.source) is not set" : "\(self.source) is \"\(self.text)\": \(self.reason)"
        return """
            \(what). Write \(self.allowsPipes ? "\"pipes\", " : "")"tcp://127.0.0.1:6001" or "unix:///run/roadrunner.sock"
            """
    }
}
