/// A handler's decision: its response to an event, or passing it to the next handler.
package enum Decision<Result: Sendable>: Sendable {
    case accept(@Sendable () throws -> Result)
    case error(CentrifugoClientError)
    case disconnect(CentrifugoClientDisconnect)
    case pass
}
