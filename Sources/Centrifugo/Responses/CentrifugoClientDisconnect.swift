/// Ends a client's connection with a code and a reason.
///
/// Source: Centrifugo's documentation, "Client protocol codes". Your own codes: clients reconnect after 4000 to 4499, and do not
/// after 4500 to 4999.
public struct CentrifugoClientDisconnect: Sendable, Hashable, CustomStringConvertible {
    /// The code that clients see.
    public let code: UInt32
    /// The reason that clients see, at most 123 bytes.
    public let reason: String

    /// Creates a disconnect with your own code.
    ///
    /// - Parameter code: from 4000 to 4999.
    /// - Throws: ``CodeRangeError``.
    public init(code: UInt32, reason: String) throws(CodeRangeError) {
        guard (4000...4999).contains(code) else { throw CodeRangeError(value: code, what: "disconnects", range: "4000 to 4999") }
        self.init(known: code, reason)
    }

    /// Creates a disconnect with your own code, as a literal.
    public init(_ code: Code, _ reason: String) { self.init(known: code.number, reason) }

    /// Your own code, as a literal from 4000 to 4999.
    public struct Code: Sendable, Hashable, ExpressibleByIntegerLiteral {
        let number: UInt32

        public init(integerLiteral number: UInt32) {
            precondition((4000...4999).contains(number), "your own codes for disconnects must be from 4000 to 4999")
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

    /// Whether clients do not reconnect by themselves.
    public var isTerminal: Bool { (3500..<4000).contains(self.code) || self.code >= 4500 }

    /// 3500, terminal: the token is invalid.
    public static let invalidToken = CentrifugoClientDisconnect(known: 3500, "invalid token")
    /// 3501, terminal: the client's request is malformed.
    public static let badRequest = CentrifugoClientDisconnect(known: 3501, "bad request")
    /// 3503, terminal: the server ends the connection.
    public static let forceNoReconnect = CentrifugoClientDisconnect(known: 3503, "force disconnect")
    /// 3504, terminal: the client exceeds the limit of connections.
    public static let connectionLimit = CentrifugoClientDisconnect(known: 3504, "connection limit")
    /// 3505, terminal: the client exceeds the limit of channels.
    public static let channelLimit = CentrifugoClientDisconnect(known: 3505, "channel limit")
    /// 3507, terminal: the client may not do this.
    public static let permissionDenied = CentrifugoClientDisconnect(known: 3507, "permission denied")
    /// 3508, terminal: the feature is not available.
    public static let notAvailable = CentrifugoClientDisconnect(known: 3508, "not available")
    /// 4501, terminal: the client is not authenticated.
    public static let unauthorized = CentrifugoClientDisconnect(known: 4501, "unauthorized")
    /// 4500, terminal: no handler answered the event.
    public static let unhandled = CentrifugoClientDisconnect(known: 4500, "not handled")

    public var description: String { "\(self.code): \(self.reason)" }
}
