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
    private let configuration: HTTPOptions
    private let informational: InformationalSupport
    private let executor: any TaskExecutor

    init(_ responder: RequestResponder, _ environment: WorkerEnvironment<HTTPOptions>) {
        self.responder = responder
        self.options = environment.options
        self.configuration = environment.configuration
        self.logger = environment.logger
        self.executor = environment.loop
        self.informational = InformationalSupport(
            environment.configuration.informationalResponses, roadRunnerVersion: environment.roadRunnerVersion)
    }

    func handle(_ payload: Payload, _ reply: PayloadResponder) async -> Outcome {
        let decoded: DecodedRequest
        do {
            decoded = try self.decoder.decode(payload)
        } catch {
            await self.refuse(error, reply)
            return Outcome()
        }
        let (request, info) = (decoded.request, decoded.info)
        self.offerInformational(info, reply)
        return await self.responder.handle(request, info) { response, logger in
            await self.send(self.adapted(response, info, logger), to: request, info, reply, logger)
        } afterwards: { logger in
            if let work = AfterResponse(request, info, self.responder.pipeline.events) { await self.perform(work, reply, logger) }
        }
    }

    // MARK: Informational responses

    private func offerInformational(_ info: RequestInfo, _ reply: PayloadResponder) {
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
        guard self.informational != .off else { return response }
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

    private func perform(_ work: AfterResponse, _ reply: PayloadResponder, _ logger: Logger) async {
        let deadline = self.configuration.afterResponseDeadline
        // Half of what an ending may take: there are services to be stopped as well.
        let grace = self.options.stopDeadline / 2
        let executor = self.executor
        let perform: @Sendable () async -> Void = {
            await work.perform(deadline: deadline, ending: { await reply.ending() }, grace: grace, executor: executor, logger)
        }
        // The client has left a stream: that ends the stream, not what comes after it.
        if Task.isCancelled { await reply.runDetached(perform) } else { await perform() }
    }

    // MARK: Sending

    private func refuse(_ error: any Error, _ reply: PayloadResponder) async {
        let status = (error as? RequestDecodingError)?.status ?? .badRequest
        // Too many header lines are the client's; anything else is between RoadRunner and this package.
        let level: Logger.Level = status == .requestHeaderFieldsTooLarge ? .info : .error
        self.logger.log(level: level, "a request from RoadRunner could not be decoded: \(error)")
        let response = ErrorAnswer.response(
            status, for: error, while: "decoding the request from RoadRunner", request: nil, isDebug: self.responder.isDebug)
        let stream = ResponseStream(response, reply, self.logger)
        try? await response.body.write(stream)
    }

    private func send(
        _ response: Response, to request: Request, _ info: RequestInfo, _ reply: PayloadResponder, _ logger: Logger
    ) async -> RequestResponder.Sending {
        let stream = ResponseStream(response, reply, logger)
        do {
            if request.method == .head || response.status.hasNoBody {
                try await stream.finishWithoutBody()
                // Middleware may wait for the body's end (spans, metrics), so that it is run all the same, but cancelled:
                // nobody listens.
                if response.body.contentLength != 0 {
                    await reply.cancelHandler()
                    try? await response.body.write(DiscardingBodyWriter())
                }
            } else {
                try await response.body.write(stream)
                if !stream.isFinished { try await stream.finish(nil) }
            }
            return .init(status: response.status.code, isComplete: true)
        } catch {
            return await self.bodyFailed(error, stream, response, request, info, reply, logger)
        }
    }

    private func bodyFailed(
        _ error: any Error, _ stream: ResponseStream, _ response: Response, _ request: Request, _ info: RequestInfo,
        _ reply: PayloadResponder, _ logger: Logger
    ) async -> RequestResponder.Sending {
        if Task.isCancelled || stream.isCommitted {
            // Nobody waits for the response any more, or its head is out: all that can be done is to end the stream.
            let phase: ExceptionThrown.Phase = stream.isFinished ? .afterResponse : .streaming
            await self.responder.failed(error, stream.isCommitted ? phase : .beforeHead, request, info, logger)
            await stream.abort()
        } else {
            stream.discard()
            let failure = await self.responder.failure(
                error, request, info, phase: "streaming the body, before its first bytes", logger)
            let replacement = ResponseStream(failure, reply, logger)
            try? await failure.body.write(replacement)
            return .init(status: failure.status.code, isComplete: true)
        }
        return .init(status: response.status.code, isComplete: false)
    }
}

extension HTTPResponse.Status {
    /// Whether a response of this status never has a body.
    var hasNoBody: Bool { self.code == 204 || self.code == 304 }
}
