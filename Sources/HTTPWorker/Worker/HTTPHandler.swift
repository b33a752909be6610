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
    private let informational: InformationalSupport
    private let limits: AfterResponse.Limits

    init(_ responder: RequestResponder, _ environment: WorkerEnvironment<HTTPOptions>) {
        self.responder = responder
        self.logger = environment.logger
        self.limits = AfterResponse.Limits(environment.options)
        self.informational = InformationalSupport(
            environment.configuration.informationalResponses, roadRunnerVersion: environment.roadRunnerVersion)
    }

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        let decoded: DecodedRequest
        do {
            decoded = try self.decoder.decode(payload)
        } catch {
            await self.refuse(error, responder)
            return Outcome()
        }
        let transport = FrameTransport(
            responder: responder, info: decoded.info, informational: self.informational, limits: self.limits)
        transport.offerInformational()
        let loan = decoded.loan
        let outcome = await self.responder.handle(decoded.subject, over: transport)
        // The head is changed in place by the next request, unless somebody still has it.
        _ = consume decoded
        self.decoder.ended(loan)
        return outcome
    }

    // MARK: Payloads that are no requests

    private func refuse(_ error: any Error, _ responder: PayloadResponder) async {
        let status = (error as? RequestDecodingError)?.status ?? .badRequest
        // Too many header lines are the client's; anything else is between RoadRunner and this package.
        let level: Logger.Level = status == .requestHeaderFieldsTooLarge ? .info : .error
        self.logger.log(level: level, "a request from RoadRunner could not be decoded: \(error)")
        let response = self.responder.pages.errorResponse(
            status, for: error, while: "decoding the request from RoadRunner", request: nil, isDebug: self.responder.isDebug)
        let transport = FrameTransport(responder: responder, info: nil, informational: .off, limits: self.limits)
        await ResponseSender.send(response, isHead: false, over: transport, self.logger)
    }
}
