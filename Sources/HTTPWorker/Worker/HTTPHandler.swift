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
    private let sender: ResponseSender
    @exclusivity(unchecked) private var decoder = HTTPRequestDecoder()
    private let logger: Logger
    private let options: RuntimeOptions
    private let configuration: HTTPOptions
    private let informational: InformationalSupport
    private let executor: any TaskExecutor

    init(_ responder: RequestResponder, _ environment: WorkerEnvironment<HTTPOptions>) {
        self.responder = responder
        self.sender = ResponseSender(responder)
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
        let transport = FrameTransport(reply: reply, info: info, informational: self.informational)
        transport.offerInformational()
        return await self.responder.handle(request, info) { response, logger in
            await self.sender.send(response, to: request, info, over: transport, logger)
        } afterwards: { logger in
            if let work = AfterResponse(request, info, self.responder.pipeline.events) { await self.perform(work, reply, logger) }
        }
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

    // MARK: Payloads that are no requests

    private func refuse(_ error: any Error, _ reply: PayloadResponder) async {
        let status = (error as? RequestDecodingError)?.status ?? .badRequest
        // Too many header lines are the client's; anything else is between RoadRunner and this package.
        let level: Logger.Level = status == .requestHeaderFieldsTooLarge ? .info : .error
        self.logger.log(level: level, "a request from RoadRunner could not be decoded: \(error)")
        let response = ErrorAnswer.response(
            status, for: error, while: "decoding the request from RoadRunner", request: nil, isDebug: self.responder.isDebug)
        let transport = FrameTransport(reply: reply, info: nil, informational: .off)
        await ResponseSender.send(response, isHead: false, over: transport, self.logger)
    }
}
