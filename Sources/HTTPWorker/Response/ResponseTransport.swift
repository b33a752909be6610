package import Hummingbird
package import Logging

/// A way to the client of one request: frames to RoadRunner, or a connection of Hummingbird's server.
package protocol ResponseTransport: Sendable {
    associatedtype Stream: ResponseStream

    /// Where bodies run that are not awaited by the request's own task.
    var executor: (any TaskExecutor)? { get }

    /// Makes `response` one that can be sent: from here on no informational response is.
    func prepare(_ response: Response, _ logger: Logger) -> Response

    /// Performs the work after the response, within the limits of the mode.
    func perform(_ work: AfterResponse, _ logger: Logger) async

    /// - Parameter isHead: whether the request's method is HEAD.
    func makeStream(for response: Response, isHead: Bool, _ logger: Logger) -> Stream
}

/// Performs what a ``ResponseStateMachine`` decides about one response. It can be used from any thread.
package protocol ResponseStream: AnyObject, ResponseBodyWriter, Sendable {
    var hasNoBody: Bool { get }
    var progress: ResponseStateMachine.Progress { get }

    /// Sends the head of a response that ``hasNoBody``.
    func finishWithoutBody() async throws

    /// Lets another response take this one's place; what is written from now on is refused.
    ///
    /// - Returns: false when the head was sent.
    func discard() -> Bool

    /// Ends what was begun, and answers with 503 where nothing was.
    func abort() async
}

extension ResponseStateMachine.Head {
    package func logCorrection(_ logger: Logger) {
        guard let corrected else { return }
        let what =
            switch self.contentLength {
            case .set(let length): "its body has \(length) bytes; corrected"
            case .keep, .remove: "which is no length; left out"
            }
        logger.warning("the response says Content-Length: \(corrected), \(what)", metadata: ["rr.phase": "before head"])
    }
}

extension ResponseStateMachine.FinishAction {
    /// Logs that a body is shorter than its head has announced.
    package static func logMissing(_ count: Int, _ logger: Logger) {
        logger.error(
            "the body is \(count) bytes shorter than its Content-Length; the client sees a broken response",
            metadata: ["rr.phase": "streaming"])
    }
}
