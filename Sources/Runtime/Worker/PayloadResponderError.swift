public import Goridge

/// The reason why a frame of a response was not sent.
public struct PayloadResponderError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case alreadyFinished, tooLarge }
        private let kind: Kind

        /// The response is already complete.
        public static let alreadyFinished = Code(kind: .alreadyFinished)
        /// The body is too long for one frame.
        public static let tooLarge = Code(kind: .tooLarge)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// A description of the error: what was wrong, and what to do.
    public let description: String

    static let alreadyFinished = PayloadResponderError(
        code: .alreadyFinished, description: "the response is complete: nothing more can be sent for this payload")

    static func tooLarge(_ size: Int) -> PayloadResponderError {
        PayloadResponderError(
            code: .tooLarge, description: "one frame cannot carry \(size) bytes: send them in several, as a stream")
    }
}
