import HTTPWorker
public import Hummingbird

/// How sessions behave.
public struct SessionOptions: Sendable {
    /// When the session's cookie is sent over encrypted connections only.
    public enum Secure: Sendable, Hashable {
        /// Where the client's connection is encrypted: `context.client.isSecure`.
        case byScheme
        case always
        case never
    }

    /// The cookie's name: a token of RFC 6265.
    public var cookieName = "session"
    /// How long a session lives without being used. It is used when a request reads or changes it.
    public var idleTimeout: Duration = .seconds(2 * 60 * 60)
    /// How long a session lives at most, used or not.
    public var absoluteTimeout: Duration = .seconds(7 * 24 * 60 * 60)
    /// Which requests from other sites the cookie comes with.
    public var sameSite: Cookie.SameSite = .lax
    /// When the cookie is sent over encrypted connections only. `sameSite: .none` needs an encrypted one in any case.
    public var secure = Secure.byScheme
    /// The part of the site that the cookie is for.
    public var path = "/"
    /// The domain whose subdomains get the cookie as well; nil leaves it to the host alone.
    public var domain: String?
    /// What the driver's keys begin with.
    public var keyPrefix = "session:"

    /// The defaults.
    public init() {}
}

/// Why a session cannot be had or changed.
public struct SessionError: Error, Hashable, CustomStringConvertible {
    /// What was wrong. More codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case notInstalled, tooLate }
        private let kind: Kind

        /// ``SessionMiddleware`` is not in front of the handler.
        public static let notInstalled = Code(kind: .notInstalled)
        /// The session was saved already: its cookie is sent with the response's head.
        public static let tooLate = Code(kind: .tooLate)

        public var description: String { self.kind.rawValue }
    }

    /// What was wrong.
    public let code: Code

    static let notInstalled = SessionError(code: .notInstalled)
    static let tooLate = SessionError(code: .tooLate)

    public var description: String {
        self.code == .notInstalled
            ? "there is no session: add SessionMiddleware to the router, before this route"
            : "the session was saved before the response's head was sent; change it before the handler returns, not in the body"
    }
}
