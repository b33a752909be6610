/// Handles the payloads of one mode, on one worker loop.
public protocol PayloadHandler: Sendable {
    /// Responds to `payload` through `responder`. Whatever it does, the worker makes sure of exactly one terminal frame: a response that is
    /// missing when it returns is an ERROR frame, a stream that is open is ended.
    ///
    /// - Returns: what became of it: what ``ExchangePipeline/run(_:_:)`` has returned.
    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome
}
