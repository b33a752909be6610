import Goridge
import HTTPTypes
import Hummingbird
import Logging
import RoadRunnerRuntime

/// Handles the payloads of RoadRunner's `http` plugin: decodes the request, lets the application respond, sends the response.
///
/// It runs on the worker's loop; the decoder's caches belong to that thread.
final class HTTPHandler: PayloadHandler, @unchecked Sendable {
    private let responder: RequestResponder
    @exclusivity(unchecked) private var decoder = HTTPRequestDecoder()
    /// The handlers that have not returned: abandoned ones keep their bodies.
    @exclusivity(unchecked) private var inFlight = 0
    private var hasWarned = false
    private let loop: PollEventLoop
    private let logger: Logger
    private let informational: InformationalSupport
    private let limits: AfterResponse.Limits

    init(_ responder: RequestResponder, _ environment: WorkerEnvironment<HTTPOptions>) {
        self.responder = responder
        self.logger = environment.logger
        self.loop = environment.loop
        self.limits = AfterResponse.Limits(environment.options)
        self.informational = InformationalSupport(
            environment.configuration.informationalResponses, roadRunnerVersion: environment.roadRunnerVersion)
    }

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        self.loop.assertInEventLoop()
        if self.decoder.bodies?.isUsedUp ?? true || self.inFlight > 0 { await self.makeBodies() }
        self.inFlight += 1
        defer { self.inFlight -= 1 }
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
        // An abandoned handler may still watch its client.
        if outcome.failures.contains(where: { $0.fault == .deadline }) { self.decoder.bodies = nil }
        // The next request changes the head in place, unless something still holds it.
        _ = consume decoded
        self.decoder.ended(loan)
        return outcome
    }

    /// Runs in its own task: in a cancelled one Hummingbird would read nothing.
    private func makeBodies() async {
        self.decoder.bodies = await Task(executorPreference: self.loop) { await RequestBodySource() }.value
        guard self.decoder.bodies == nil, !self.hasWarned else { return }
        self.hasWarned = true
        self.logger.warning(
            "unsupported Hummingbird version: do not call consumeWithCancellationOnInboundClose")
    }

    // MARK: Invalid payloads

    private func refuse(_ error: any Error, _ responder: PayloadResponder) async {
        let status = (error as? RequestDecodingError)?.status ?? .badRequest
        // Invalid values that a client can send are the client's fault; anything else is between RoadRunner and this package.
        let isClients = (error as? RequestDecodingError)?.isClients ?? false
        self.logger.log(level: isClients ? .info : .error, "cannot decode a request from RoadRunner: \(error)")
        let response = self.responder.pages.errorResponse(
            status, for: error, while: "decoding the request from RoadRunner", request: nil, isDebug: self.responder.isDebug)
        await Self.send(response, by: responder, limits: self.limits, self.logger)
    }

    /// Responds to a payload that cannot be passed to a handler.
    static func refuse(
        _ problem: PayloadProblem, _ responder: PayloadResponder, _ environment: WorkerEnvironment<HTTPOptions>
    ) async {
        let response = environment.configuration.pages.errorResponse(
            problem.code == .tooLarge ? .contentTooLarge : .badRequest, for: problem,
            while: "reading the request from RoadRunner",
            request: nil, isDebug: environment.options.isDebug)
        await Self.send(response, by: responder, limits: AfterResponse.Limits(environment.options), environment.logger)
    }

    private static func send(
        _ response: Response, by responder: PayloadResponder, limits: AfterResponse.Limits, _ logger: Logger
    ) async {
        let transport = FrameTransport(responder: responder, info: nil, informational: .off, limits: limits)
        await ResponseSender.send(response, isHead: false, over: transport, logger)
    }
}
