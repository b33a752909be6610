public import Goridge

/// A write that does not fit into the response: after its end, or beyond its `Content-Length`.
public struct ResponseBodyWriterError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case alreadyFinished, contentLengthExceeded }
        private let kind: Kind

        /// The body is already finished, or its handler has returned.
        public static let alreadyFinished = Code(kind: .alreadyFinished)
        /// More was written than `Content-Length` announces. The client receives no byte beyond it.
        public static let contentLengthExceeded = Code(kind: .contentLengthExceeded)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code

    package static let alreadyFinished = ResponseBodyWriterError(code: .alreadyFinished)
    package static let contentLengthExceeded = ResponseBodyWriterError(code: .contentLengthExceeded)

    public var description: String {
        switch self.code {
        case .contentLengthExceeded:
            "more was written to the body than the response's Content-Length announces; the rest is not sent"
        default:
            "the response is complete: its body was finished, or its handler has returned; nothing more can be written"
        }
    }
}
