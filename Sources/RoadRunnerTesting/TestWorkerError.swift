public import Goridge

/// A worker under test did not behave as RoadRunner expects.
public struct TestWorkerError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case notStarted, timeout, relayEnded, unexpectedFrame, errorResponse, malformedResponse, undecodableBody
            case refusedRequest
        }

        private let kind: Kind

        /// The process could not be started, or did not connect.
        public static let notStarted = Code(kind: .notStarted)
        /// The worker did not respond in time.
        public static let timeout = Code(kind: .timeout)
        /// The worker closed the relay, or broke it.
        public static let relayEnded = Code(kind: .relayEnded)
        /// The worker sent an unexpected frame.
        public static let unexpectedFrame = Code(kind: .unexpectedFrame)
        /// The worker answered with an ERROR frame; the description has its text.
        public static let errorResponse = Code(kind: .errorResponse)
        /// The response's context is not an `http.v1.Response`.
        public static let malformedResponse = Code(kind: .malformedResponse)
        /// The response's body is not the expected JSON.
        public static let undecodableBody = Code(kind: .undecodableBody)
        /// RoadRunner answers such a request itself, and no worker would see it.
        public static let refusedRequest = Code(kind: .refusedRequest)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// The error's message: the expectation, what happened, and the worker's standard error.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
