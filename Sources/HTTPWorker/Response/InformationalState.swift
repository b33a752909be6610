import HTTPTypes

/// How a request's informational responses are sent, and which have been sent.
struct InformationalState: Sendable {
    /// Sends an informational response.
    ///
    /// - Returns: false when it is too late, since the final response has been sent.
    typealias Sender = @Sendable (HTTPResponse) async throws -> Bool

    /// Sends an informational response; nil if that is not possible.
    var send: Sender?
    var support = InformationalSupport.full
    /// Header lines that the client has received, and will receive again with the final response.
    var repeated: [HTTPField] = []
    /// The `Link` lines of unsent responses, which the final response gets.
    var unsentLinks: [HTTPField] = []
    var count = 0
    var isTooLate = false
    /// Closes for senders on other threads when it is too late.
    var window: InformationalWindow?

    static let unavailable = InformationalState()
    static let maximumLinks = 100
}
