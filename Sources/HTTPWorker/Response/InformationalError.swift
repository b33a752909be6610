public import Goridge

/// An informational response that was not sent.
public struct InformationalError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case notInformational, tooLate }
        private let kind: Kind

        /// The status is not from 100 to 199, or it is 101, since handlers cannot switch protocols.
        public static let notInformational = Code(kind: .notInformational)
        /// The head of the final response has already been sent.
        public static let tooLate = Code(kind: .tooLate)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    let status: Int

    public var description: String {
        self.code == .tooLate
            ? "the status \(self.status) cannot be sent: the head of the final response has already been sent"
            : "the status \(self.status) is not informational: it must be from 100 to 199, and not 101"
    }
}
