public import Goridge

/// A value has a type that its coder does not support.
public struct ValueCoderError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case unknownType }
        private let kind: Kind

        /// The coder cannot store the type.
        public static let unknownType = Code(kind: .unknownType)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .unknownType }
    let coder: String
    let type: String
    let advice: String

    public var description: String { "\(self.coder) cannot store \(self.type): \(self.advice)" }
}
