public import Goridge

/// An option with an invalid value.
public struct OptionError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case invalidValue }
        private let kind: Kind

        /// The value is invalid for the option.
        public static let invalidValue = Code(kind: .invalidValue)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .invalidValue }
    /// The key, as in the environment.
    public let key: String
    /// The value that was read.
    public let value: String
    let expectation: String

    package init(key: String, value: String, expectation: String) {
        self.key = key
        self.value = value
        self.expectation = expectation
    }

    public var description: String {
        "\(self.key) is \"\(self.value)\" (in the environment or in .env): it must be \(self.expectation)"
    }
}
