public import Goridge

/// Why a session cannot be had or changed, or cannot be kept as its options say.
public struct SessionError: RoadRunnerError, Hashable {
    /// What was wrong. More codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case notInstalled, tooLate, invalidOption }
        private let kind: Kind

        /// ``BrowserSessions`` is not in front of the handler.
        public static let notInstalled = Code(kind: .notInstalled)
        /// The session was saved already: its cookie is sent with the response's head.
        public static let tooLate = Code(kind: .tooLate)
        /// Browsers would not keep a cookie with these ``SessionOptions``.
        public static let invalidOption = Code(kind: .invalidOption)

        public var description: String { self.kind.rawValue }
    }

    /// What was wrong.
    public let code: Code
    /// What was wrong, and what to do.
    public let description: String

    static let notInstalled = SessionError(
        code: .notInstalled, description: "there is no session: add BrowserSessions to the router, before this route")
    static let tooLate = SessionError(
        code: .tooLate,
        description:
            "the session was saved before the response's head was sent; change it before the handler returns, not in the body")

    static func invalidOption(_ reason: String) -> SessionError { SessionError(code: .invalidOption, description: reason) }
}
