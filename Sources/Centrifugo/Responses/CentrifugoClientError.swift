/// An error that a client gets as the response to what it asked.
///
/// Source: Centrifugo's documentation, "Client protocol codes". Codes of your own are from 400 to 1999.
public struct CentrifugoClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The code that clients see.
    public let code: UInt32
    /// The message that clients see.
    public let message: String
    /// Whether clients may try again by themselves.
    public let isTemporary: Bool

    /// An error of your own whose code is known at run time only.
    ///
    /// - Parameter code: from 400 to 1999.
    /// - Throws: ``CodeRangeError``.
    public init(code: UInt32, message: String, temporary: Bool = false) throws(CodeRangeError) {
        guard (400...1999).contains(code) else { throw CodeRangeError(value: code, what: "errors", range: "400 to 1999") }
        self.init(known: code, message, temporary)
    }

    /// An error of your own whose code is written in the program.
    public init(_ code: Code, _ message: String, temporary: Bool = false) { self.init(known: code.number, message, temporary) }

    /// A code of your own, as a literal from 400 to 1999.
    public struct Code: Sendable, Hashable, ExpressibleByIntegerLiteral {
        let number: UInt32

        public init(integerLiteral number: UInt32) {
            precondition((400...1999).contains(number), "codes of your own errors are from 400 to 1999")
            self.number = number
        }
    }

    package init(known code: UInt32, _ message: String, _ isTemporary: Bool = false) {
        self.code = code
        self.message = message
        self.isTemporary = isTemporary
    }

    /// 100: something went wrong at the server; clients try again.
    public static let internalError = CentrifugoClientError(known: 100, "internal server error", true)
    /// 101.
    public static let unauthorized = CentrifugoClientError(known: 101, "unauthorized")
    /// 102.
    public static let unknownChannel = CentrifugoClientError(known: 102, "unknown channel")
    /// 103.
    public static let permissionDenied = CentrifugoClientError(known: 103, "permission denied")
    /// 104.
    public static let methodNotFound = CentrifugoClientError(known: 104, "method not found")
    /// 105.
    public static let alreadySubscribed = CentrifugoClientError(known: 105, "already subscribed")
    /// 106.
    public static let limitExceeded = CentrifugoClientError(known: 106, "limit exceeded")
    /// 107.
    public static let badRequest = CentrifugoClientError(known: 107, "bad request")
    /// 108.
    public static let notAvailable = CentrifugoClientError(known: 108, "not available")
    /// 109: the client gets a new token.
    public static let tokenExpired = CentrifugoClientError(known: 109, "token expired")
    /// 110.
    public static let expired = CentrifugoClientError(known: 110, "expired")
    /// 111: clients try again.
    public static let tooManyRequests = CentrifugoClientError(known: 111, "too many requests", true)

    public var description: String { "\(self.code): \(self.message)" }
}
