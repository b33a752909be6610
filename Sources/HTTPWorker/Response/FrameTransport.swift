import HTTPTypes
import Hummingbird
import Logging
import RoadRunnerRuntime

/// Sends the response to one payload as frames to RoadRunner.
struct FrameTransport: ResponseTransport {
    let responder: PayloadResponder
    /// The information about the request; nil if the payload is not a request.
    let info: RequestInfo?
    let informational: InformationalSupport
    let limits: AfterResponse.Limits

    var executor: (any TaskExecutor)? { self.responder.executor }

    func makeStream(for response: Response, isHead: Bool, _ logger: Logger) -> FrameResponseStream {
        FrameResponseStream(response, isHead: isHead, self.responder, logger)
    }

    func perform(_ work: AfterResponse, _ logger: Logger) async {
        let (responder, limits) = (self.responder, self.limits)
        let perform: @Sendable () async -> Void = {
            await work.perform(
                within: limits, shutdown: { await responder.gracefulShutdown() }, executor: responder.executor, logger)
        }
        // The client has left a stream, which ends the stream, but not the work after it.
        if Task.isCancelled { await responder.runDetached(perform) } else { await perform() }
    }

    // MARK: Informational responses

    func offerInformational() {
        guard let info, self.informational != .off else { return }
        let window = InformationalWindow()
        let responder = self.responder
        info.withState { state in
            state.informational.support = self.informational
            state.informational.window = window
            state.informational.send = { head in
                // The loop sends all frames: while the window is open there, the final head has not been sent.
                try await responder.write(if: { window.isOpen }) { buffer in
                    HTTPResponseEncoder.encode(status: head.status.code, head.headerFields, contentLength: .keep, into: &buffer)
                } fallback: { buffer in
                    HTTPResponseEncoder.encode(status: 503, [:], contentLength: .keep, into: &buffer)
                }
            }
        }
    }

    /// Ends informational responses, and adapts the final one to those that were sent.
    func prepare(_ response: Response, _ logger: Logger) -> Response {
        guard let info, self.informational != .off else { return response }
        let state = info.finishInformational()
        guard state.count > 0, state.support == .lossy else { return response }
        if response.status != .ok {
            logger.error(
                "the client sees 200 instead of \(response.status.code): this RoadRunner loses it after an informational response",
                metadata: .phase(.beforeHead))
        }
        return response.removing(state.repeated)
    }
}
