/// Ends a client's connection.
///
/// Source: Centrifugo's documentation, "Client protocol codes". Codes of your own: after 4000 to 4499 clients reconnect, after 4500 to
/// 4999 they do not.
public struct CentrifugoClientDisconnect: Sendable, Hashable, CustomStringConvertible {
    /// The code that clients see.
    public let code: UInt32
    /// The reason that clients see, at most 123 bytes.
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
