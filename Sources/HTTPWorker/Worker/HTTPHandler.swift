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

    init(application: any HTTPApplication, environment: WorkerEnvironment) {
        self.responder = RequestResponder(application: application, isDebug: environment.options.isDebug)
        self.logger = environment.logger
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
        await withLogger(logger) { logger in
            let response = await self.responder.respond(to: decoded.request, info: decoded.info, logger: logger)
            await self.send(response, to: decoded.request, reply, logger)
        }
    }

    private func refuse(_ error: any Error, _ reply: Reply) async {
        self.logger.error("a request from RoadRunner could not be decoded: \(error)")
        let status = (error as? RequestDecodingError)?.status ?? .badRequest
        let response = ErrorAnswer.response(
            status, for: error, while: "decoding the request from RoadRunner", isDebug: self.responder.isDebug)
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
            let response = self.responder.failure(error, request, phase: "streaming the body, before its first bytes", logger)
            let replacement = ResponseStream(response, reply, logger)
            try? await response.body.write(replacement)
        }
    }
}

extension HTTPResponse.Status {
    /// Whether a response of this status never has a body.
    var hasNoBody: Bool { self.code == 204 || self.code == 304 }
}
