public import Goridge

/// Why an informational response was not sent.
public struct InformationalError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case notInformational, tooLate }
        private let kind: Kind

        /// The status is not from 100 to 199, or it is 101, which no handler can switch to.
        public static let notInformational = Code(kind: .notInformational)
        /// The head of the final response was sent already.
        public static let tooLate = Code(kind: .tooLate)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    let status: Int

    public var description: String {
        self.code == .tooLate
            ? "the status \(self.status) cannot be sent: the head of the final response was sent already"
            : "the status \(self.status) is not informational: it has to be from 100 to 199, and not 101"
    }
}
