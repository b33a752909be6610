public import Goridge

/// An error of a session: it is not available, cannot be changed, or has invalid options.
public struct SessionError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case notInstalled, tooLate, invalidOption }
        private let kind: Kind

        /// ``BrowserSessions`` does not run before the handler.
        public static let notInstalled = Code(kind: .notInstalled)
        /// The session was saved already: its cookie is sent with the response's head.
        public static let tooLate = Code(kind: .tooLate)
        /// Browsers would not keep a cookie with these ``SessionOptions``.
        public static let invalidOption = Code(kind: .invalidOption)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// What is wrong, and how to fix it.
    public let description: String

    static let notInstalled = SessionError(
        code: .notInstalled, description: "there is no session: add BrowserSessions to the router, before this route")
    static let tooLate = SessionError(
        code: .tooLate,
        description:
            "the session was saved before the response's head was sent; change it before the handler returns, not in the body")

    static func invalidOption(_ reason: String) -> SessionError { SessionError(code: .invalidOption, description: reason) }
}
