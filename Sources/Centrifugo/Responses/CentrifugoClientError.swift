/// An error that a client gets as the response to its request.
///
/// Source: Centrifugo's documentation, "Client protocol codes". Your own codes are from 400 to 1999.
public struct CentrifugoClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The code that clients see.
    public let code: UInt32
    /// The message that clients see.
    public let message: String
    /// Whether clients may retry by themselves.
    public let isTemporary: Bool

    /// Creates an error with your own code that is known only at run time.
    ///
    /// - Parameter code: from 400 to 1999.
    /// - Throws: ``CodeRangeError``.
    public init(code: UInt32, message: String, temporary: Bool = false) throws(CodeRangeError) {
        guard (400...1999).contains(code) else { throw CodeRangeError(value: code, what: "errors", range: "400 to 1999") }
        self.init(known: code, message, temporary)
    }

    /// Creates an error with your own code, as a literal.
    public init(_ code: Code, _ message: String, temporary: Bool = false) { self.init(known: code.number, message, temporary) }

    /// Your own code, as a literal from 400 to 1999.
    public struct Code: Sendable, Hashable, ExpressibleByIntegerLiteral {
        let number: UInt32

        public init(integerLiteral number: UInt32) {
            precondition((400...1999).contains(number), "your own codes for errors must be from 400 to 1999")
            self.number = number
        }
    }

    package init(known code: UInt32, _ message: String, _ isTemporary: Bool = false) {
        self.code = code
        self.message = message
        self.isTemporary = isTemporary
    }

    /// Error 100: the server failed; clients retry.
    public static let internalError = CentrifugoClientError(known: 100, "internal server error", true)
    /// Error 101: the client is not authenticated.
    public static let unauthorized = CentrifugoClientError(known: 101, "unauthorized")
    /// Error 102: the channel does not exist.
    public static let unknownChannel = CentrifugoClientError(known: 102, "unknown channel")
    /// Error 103: the client may not do this.
    public static let permissionDenied = CentrifugoClientError(known: 103, "permission denied")
    /// Error 104: the method does not exist.
    public static let methodNotFound = CentrifugoClientError(known: 104, "method not found")
    /// Error 105: the client is already subscribed.
    public static let alreadySubscribed = CentrifugoClientError(known: 105, "already subscribed")
    /// Error 106: the client exceeds a limit.
    public static let limitExceeded = CentrifugoClientError(known: 106, "limit exceeded")
    /// Error 107: the request is malformed.
    public static let badRequest = CentrifugoClientError(known: 107, "bad request")
    /// Error 108: the feature is not available.
    public static let notAvailable = CentrifugoClientError(known: 108, "not available")
    /// Error 109: the token has expired; the client gets a new one.
    public static let tokenExpired = CentrifugoClientError(known: 109, "token expired")
    /// Error 110: the connection or subscription has expired.
    public static let expired = CentrifugoClientError(known: 110, "expired")
    /// Error 111: there are too many requests; clients retry.
    public static let tooManyRequests = CentrifugoClientError(known: 111, "too many requests", true)

    public var description: String { "\(self.code): \(self.message)" }
}
