public import Goridge

/// A value of a type that a coder does not know.
public struct ValueCoderError: RoadRunnerError, Hashable {
    /// What was wrong. More codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case unknownType }
        private let kind: Kind

        /// The coder has no way to store the type.
        public static let unknownType = Code(kind: .unknownType)

        public var description: String { self.kind.rawValue }
    }

    /// What was wrong.
    public var code: Code { .unknownType }
    let coder: String
    let type: String
    let advice: String

    public var description: String { "\(self.coder) has no way to store \(self.type): \(self.advice)" }
}
