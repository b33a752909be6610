package import Hummingbird
package import Logging
import RoadRunnerRuntime

/// A connection to the client of one request: frames to RoadRunner, or a connection of Hummingbird's server.
package protocol ResponseTransport: Sendable {
    associatedtype Stream: ResponseStream

    /// The executor of bodies that the request's own task does not await.
    var executor: (any TaskExecutor)? { get }

    /// Adapts `response` for sending: afterwards informational responses are too late.
    func prepare(_ response: Response, _ logger: Logger) -> Response

    /// Performs the work after the response, within the limits of the mode.
    func perform(_ work: AfterResponse, _ logger: Logger) async

    /// - Parameter isHead: whether the request's method is HEAD.
    func makeStream(for response: Response, isHead: Bool, _ logger: Logger) -> Stream
}

extension ResponseStateMachine.Head {
    package func logCorrection(_ logger: Logger) {
        guard let corrected else { return }
        let what =
            switch self.contentLength {
            case .set(let length): "its body has \(length) bytes; corrected"
            case .keep, .remove: "which is not a length; removed"
            }
        logger.warning("the response says Content-Length: \(corrected), \(what)", metadata: .phase(.beforeHead))
    }
}

extension ResponseStateMachine.FinishAction {
    /// Logs that a body is shorter than its head announced.
    package static func logMissing(_ count: Int, _ logger: Logger) {
        logger.error(
            "the body is \(count) bytes shorter than its Content-Length; the client sees a broken response",
            metadata: .phase(.streaming))
    }
}
