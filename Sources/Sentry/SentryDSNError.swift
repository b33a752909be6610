public import Goridge

/// A text that is no DSN. It is not shown, since it may be a secret.
public struct SentryDSNError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case malformed }
        private let kind: Kind

        /// The text has not the form of a DSN.
        public static let malformed = Code(kind: .malformed)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .malformed }

    public var description: String { "SENTRY_DSN is malformed: it has the form https://KEY@HOST/PROJECT" }
}
