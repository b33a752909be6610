public import Goridge

/// An error that a client gets as the response to what it asked.
///
/// Source: Centrifugo's documentation, "Client protocol codes". Codes of your own are from 400 to 1999.
public struct CentrifugoClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What clients see.
    public let code: UInt32
    /// What clients see.
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

/// Ends a client's connection.
///
/// Source: Centrifugo's documentation, "Client protocol codes". Codes of your own: after 4000 to 4499 clients reconnect, after 4500 to
/// 4999 they do not.
public struct CentrifugoClientDisconnect: Sendable, Hashable, CustomStringConvertible {
    /// What clients see.
    public let code: UInt32
    /// What clients see, at most 123 bytes.
    public let reason: String

    /// A code of your own.
    ///
    /// - Parameter code: from 4000 to 4999.
    /// - Throws: ``CodeRangeError``.
    public init(code: UInt32, reason: String) throws(CodeRangeError) {
        guard (4000...4999).contains(code) else { throw CodeRangeError(value: code, what: "disconnects", range: "4000 to 4999") }
        self.init(known: code, reason)
    }

    /// A disconnect of your own whose code is written in the program.
    public init(_ code: Code, _ reason: String) { self.init(known: code.number, reason) }

    /// A code of your own, as a literal from 4000 to 4999.
    public struct Code: Sendable, Hashable, ExpressibleByIntegerLiteral {
        let number: UInt32

        public init(integerLiteral number: UInt32) {
            precondition((4000...4999).contains(number), "codes of your own disconnects are from 4000 to 4999")
            self.number = number
        }
    }

    package init(known code: UInt32, _ reason: String) {
        self.code = code
        // A close frame has no room for more.
        var reason = reason
        while reason.utf8.count > 123 { reason.removeLast() }
        self.reason = reason
    }

    /// Whether clients do not come back by themselves.
    public var isTerminal: Bool { (3500..<4000).contains(self.code) || self.code >= 4500 }

    /// 3500: terminal.
    public static let invalidToken = CentrifugoClientDisconnect(known: 3500, "invalid token")
    /// 3501: terminal.
    public static let badRequest = CentrifugoClientDisconnect(known: 3501, "bad request")
    /// 3503: terminal.
    public static let forceNoReconnect = CentrifugoClientDisconnect(known: 3503, "force disconnect")
    /// 3504: terminal.
    public static let connectionLimit = CentrifugoClientDisconnect(known: 3504, "connection limit")
    /// 3505: terminal.
    public static let channelLimit = CentrifugoClientDisconnect(known: 3505, "channel limit")
    /// 3507: terminal.
    public static let permissionDenied = CentrifugoClientDisconnect(known: 3507, "permission denied")
    /// 3508: terminal.
    public static let notAvailable = CentrifugoClientDisconnect(known: 3508, "not available")
    /// 4501: terminal. The one for clients that did not say who they are.
    public static let unauthorized = CentrifugoClientDisconnect(known: 4501, "unauthorized")
    /// 4500: terminal. What an event that no handler has answered ends in.
    public static let unhandled = CentrifugoClientDisconnect(known: 4500, "not handled")

    public var description: String { "\(self.code): \(self.reason)" }
}

/// A code that is not the application's to give.
public struct CodeRangeError: RoadRunnerError, Hashable {
    /// What was wrong. More codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case outOfRange }
        private let kind: Kind

        /// Codes of that range are Centrifugo's own.
        public static let outOfRange = Code(kind: .outOfRange)

        public var description: String { self.kind.rawValue }
    }

    /// What was wrong.
    public var code: Code { .outOfRange }
    /// The code that was to be sent.
    public let value: UInt32
    let what: String
    let range: String

    public var description: String {
        "\(self.value) is not a code for \(self.what) of an application: they are from \(self.range)"
    }
}
