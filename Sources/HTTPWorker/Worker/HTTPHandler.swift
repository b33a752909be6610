import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime

/// Answers the payloads of RoadRunner's `http` plugin: decodes the request, lets the application respond, sends the response.
///
/// It runs on the worker's loop; the decoder's memory of header names belongs to that thread.
final class HTTPHandler: PayloadHandler, @unchecked Sendable {
    private let responder: RequestResponder
    @exclusivity(unchecked) private var decoder = HTTPRequestDecoder()
    private let logger: Logger
    private let options: RuntimeOptions
    private let informational: InformationalSupport

    init(application: any HTTPApplication, renderError: ErrorRenderer?, environment: WorkerEnvironment) {
        self.options = environment.options
        self.responder = RequestResponder(
            application: application, renderError: renderError, isDebug: environment.options.isDebug)
        self.logger = environment.logger
        self.informational = InformationalSupport(
            environment.options.informationalResponses, roadRunnerVersion: environment.relay.version)
    }

    func handle(_ payload: Payload, _ reply: Reply) async {
        let decoded: DecodedRequest
        do {
            decoded = try self.decoder.decode(payload)
        } catch {
            await self.refuse(error, reply)
            return
        }
        let logger = RequestLogger.make(from: self.logger)
        self.offerInformational(decoded.info, reply)
        await withLogger(logger) { logger in
            await self.responder.withDumps {
                let response = await self.responder.respond(to: decoded.request, info: decoded.info, logger: logger)
                await self.send(self.adapted(response, decoded.info, logger), to: decoded.request, reply, logger)
            }
            if let work = AfterResponse(decoded.info) { await self.perform(work, reply, logger) }
        }
    }

    // MARK: Informational responses

    private func offerInformational(_ info: RequestInfo, _ reply: Reply) {
        guard self.informational != .off else { return }
        info.withState { state in
            state.informational.support = self.informational
            state.informational.send = { head in
                try await reply.write(body: ByteBuffer()) { buffer in
                    HTTPResponseEncoder.encode(status: head.status.code, head.headerFields, contentLength: .keep, into: &buffer)
                }
            }
        }
    }

    /// The final response, after informational ones.
    private func adapted(_ response: Response, _ info: RequestInfo, _ logger: Logger) -> Response {
        let state = info.withState { state in
            state.informational.isTooLate = true
            return state.informational
        }
        guard state.count > 0, state.support == .lossy else { return response }
        if response.status != .ok {
            logger.error(
                "the client sees 200 instead of \(response.status.code): this RoadRunner loses it after an informational response",
                metadata: ["rr.phase": "before head"])
        }
        return response.removing(state.repeated)
    }

    // MARK: After the response

    private func perform(_ work: AfterResponse, _ reply: Reply, _ logger: Logger) async {
        let deadline = self.options.afterResponseDeadline
        // Half of what an ending may take: there are services to be stopped as well.
        let grace = self.options.stopDeadline / 2
        let perform: @Sendable () async -> Void = {
            await work.perform(deadline: deadline, ending: { await reply.ending() }, grace: grace, logger)
        }
        // The client has left a stream: that ends the stream, not what comes after it.
        if Task.isCancelled { await reply.runDetached(perform) } else { await perform() }
    }

    // MARK: Sending

    private func refuse(_ error: any Error, _ reply: Reply) async {
        self.logger.error("a request from RoadRunner could not be decoded: \(error)")
        let status = (error as? RequestDecodingError)?.status ?? .badRequest
        let response = ErrorAnswer.response(
            status, for: error, while: "decoding the request from RoadRunner", request: nil, isDebug: self.responder.isDebug)
        let stream = ResponseStream(response, reply, self.logger)
        try? await response.body.write(stream)
    }

    private func send(_ response: Response, to request: Request, _ reply: Reply, _ logger: Logger) async {
        let stream = ResponseStream(response, reply, logger)
        do {
            if request.method == .head || response.status.hasNoBody {
                try await stream.finishWithoutBody()
                // Middleware may wait for the body's end (spans, metrics), so that it is run all the same, but cancelled:
                // nobody listens.
                if response.body.contentLength != 0 {
                    await reply.cancelHandler()
                    try await response.body.write(DiscardingBodyWriter())
                }
                return
            }
            try await response.body.write(stream)
            if !stream.isFinished { try await stream.finish(nil) }
        } catch {
            await self.bodyFailed(error, stream, request, reply, logger)
        }
    }

    private func bodyFailed(
        _ error: any Error, _ stream: ResponseStream, _ request: Request, _ reply: Reply, _ logger: Logger
    ) async {
        if error is CancellationError, Task.isCancelled {
            logger.debug("the response was cancelled: the client has left, or the worker stops")
            await stream.abort()
        } else if stream.isCommitted {
            // The head is out: all that can be done is to end the stream.
            logger.error(
                "the body failed: \(error)",
                metadata: [
                    "rr.phase": "\(stream.isFinished ? "after response" : "streaming")", "rr.request": "\(request.summary)",
                ])
            await stream.abort()
        } else {
            stream.discard()
            let response = await self.responder.failure(
                error, request, phase: "streaming the body, before its first bytes", logger)
            let replacement = ResponseStream(response, reply, logger)
            try? await response.body.write(replacement)
        }
    }
}

extension HTTPResponse.Status {
    /// Whether a response of this status never has a body.
    var hasNoBody: Bool { self.code == 204 || self.code == 304 }
}
