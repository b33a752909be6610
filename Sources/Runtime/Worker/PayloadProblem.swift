public import Goridge

/// The reason why a payload cannot be passed to the handler of its mode.
public struct PayloadProblem: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case tooLarge, malformed }
        private let kind: Kind

        /// The payload is longer than ``RuntimeOptions/maximumPayloadSize``, and was dropped as it arrived.
        public static let tooLarge = Code(kind: .tooLarge)
        /// The frame does not have the shape of a payload.
        public static let malformed = Code(kind: .malformed)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// A description of the error: what was read.
    public let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension PayloadProblem: AttributableError {
    /// The client's fault if the payload is too large; a malformed frame is a mistake of RoadRunner or of this package.
    public var fault: Fault { self.code == .tooLarge ? .client : .application }
}
