/// Handles the payloads of one mode, on one worker loop.
public protocol PayloadHandler: Sendable {
    /// Responds to `payload` through `responder`. In any case the worker ensures exactly one terminal frame: when the handler
    /// returns, a missing response becomes an ERROR frame, and an open stream is ended.
    ///
    /// - Returns: the outcome, as ``ExchangePipeline/run(_:_:)`` returned it.
    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome
}
