public import Goridge

/// A string that is not a DSN. The error does not contain it, since it may be a secret.
public struct SentryDSNError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case malformed }
        private let kind: Kind

        /// The string does not have the form of a DSN.
        public static let malformed = Code(kind: .malformed)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public var code: Code { .malformed }

    public var description: String { "SENTRY_DSN is malformed: it must have the form https://KEY@HOST/PROJECT" }
}
