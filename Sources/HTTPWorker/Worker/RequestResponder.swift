import HTTPTypes
package import Hummingbird
package import Logging
package import RoadRunnerRuntime

/// Lets the application respond, and turns what it throws into a response: the same under RoadRunner and alone.
package struct RequestResponder: Sendable {
    private let application: any HTTPApplication
    private let renderError: ErrorRenderer?
    let deadline: RequestDeadline?
    private let tracing: RequestTracing?
    private let inspector: Inspector?
    private let inspectorPage: InspectorPage?
    package let events: EventHub
    package let isDebug: Bool

    package init(
        application: any HTTPApplication, renderError: ErrorRenderer?, options: RuntimeOptions, events: EventHub,
        inspector: Inspector?, executor: (any TaskExecutor)? = nil
    ) {
        self.application = application
        self.renderError = renderError
        self.deadline = options.requestDeadline.map { RequestDeadline($0, executor) }
        self.tracing = options.tracing ? RequestTracing(application.content) : nil
        self.inspector = inspector
        self.inspectorPage = inspector.flatMap { inspector in
            options.inspectorPath.map { InspectorPage(inspector: inspector, path: $0) }
        }
        self.events = events
        self.isDebug = options.isDebug
    }

    // MARK: A request from its beginning to its end

    /// What became of a response on its way.
    package struct Sending: Sendable {
        /// Of the response that was sent; it may be another one than that of the application.
        package var status: Int
        package var isComplete: Bool

        package init(status: Int, isComplete: Bool) {
            self.status = status
            self.isComplete = isComplete
        }
    }

    /// Handles a request: has it answered and sent, and tells everyone who wants to know.
    ///
    /// - Parameters:
    ///   - base: the logger that the request's own is made from.
    ///   - send: sends the response.
    ///   - afterwards: does what was put off until the response was sent.
    package func handle(
        _ request: Request, _ info: RequestInfo, _ base: Logger,
        send: (Response, Logger) async -> Sending, afterwards: (Logger) async -> Void
    ) async -> PayloadOutcome {
        // Looking at the page is not what one wants to look at.
        if let page = self.inspectorPage?.response(to: request) {
            _ = await send(page, base)
            return PayloadOutcome()
        }
        let id = ExchangeID()
        let trace = self.inspector != nil || self.events.wantsTraces || self.isDebug ? RequestTrace() : nil
        let logger = RequestLogger.make(from: base, id: id, route: info.routeSource, trace: trace)
        return await withLogger(logger) { logger in
            if let trace {
                await RequestTrace.$current.withValue(trace) {
                    await self.traced(request, info, id, trace, logger, send)
                    await afterwards(logger)
                }
            } else if self.tracing != nil {
                await self.traced(request, info, id, nil, logger, send)
                await afterwards(logger)
            } else {
                await self.exchange(request, info, id, nil, logger, send)
                let (isDone, outcome) = info.withState { ($0.afterResponse.isEmpty, $0.outcome) }
                if isDone { return outcome }
                await afterwards(logger)
            }
            return info.outcome
        }
    }

    private func traced(
        _ request: Request, _ info: RequestInfo, _ id: ExchangeID, _ trace: RequestTrace?, _ logger: Logger,
        _ send: (Response, Logger) async -> Sending
    ) async {
        guard let tracing else { return await self.exchange(request, info, id, trace, logger, send) }
        await tracing.withSpan(request, info) { span in
            await self.exchange(request, info, id, trace, logger) { response, logger in
                let sending = await send(response, logger)
                tracing.finish(span, request, info, sending)
                return sending
            }
        }
    }

    private func exchange(
        _ request: Request, _ info: RequestInfo, _ id: ExchangeID, _ trace: RequestTrace?, _ logger: Logger,
        _ send: (Response, Logger) async -> Sending
    ) async {
        // Nobody looks: the usual case.
        let start = self.events.isWatched ? ContinuousClock.now : nil
        if start != nil { await self.events.emit(RequestReceived(request: Self.identity(request, id))) }
        info.withState { state in
            state.isDebug = self.isDebug
            state.id = id
        }
        let response = await self.respond(to: request, info: info, logger: logger)
        trace?.mark("response made")
        let sending = await send(response, logger)
        trace?.mark("response sent")
        if let start {
            let duration = ContinuousClock.now - start
            await self.events.responseSent(
                to: .http, took: duration, isComplete: sending.isComplete,
                ResponseSent(
                    request: Self.identity(request, id), status: sending.status, duration: duration,
                    isComplete: sending.isComplete))
        }
        if let trace, let inspector {
            inspector.record(
                trace, Self.identity(request, id), route: info.routeSource.route,
                result: sending.isComplete ? "\(sending.status)" : "\(sending.status), cut short", details: request.details)
        }
    }

    private static func identity(_ request: Request, _ id: ExchangeID) -> RequestIdentity {
        RequestIdentity(mode: .http, name: request.summary) { id.description }
    }

    // MARK: Responding

    private func respond(to request: Request, info: RequestInfo, logger: Logger) async -> Response {
        do {
            let response: Response
            if let deadline {
                let end = deadline.end
                info.withState { $0.deadlineEnd = end }
                response = try await deadline.race(until: end, logger) {
                    try await self.answer(request, info, logger)
                } late: { response in
                    try? await ResponseSender.discard(response.body)
                }
            } else {
                response = try await self.answer(request, info, logger)
            }
            // RoadRunner would answer 200 after it, and after 101 nothing at all.
            if response.status.kind == .informational {
                try? await ResponseSender.discard(response.body)
                throw InformationalResponse(status: response.status)
            }
            return response
        } catch {
            return await self.failure(error, request, info, phase: "handling the request, before the head", logger)
        }
    }

    private func answer(_ request: Request, _ info: RequestInfo, _ logger: Logger) async throws -> Response {
        try await self.application.respond(to: request, info: info, logger: logger) { error in
            await self.rendered(error, error.status, request, logger)
        }
    }

    /// Logs `error` and makes the response for it.
    package func failure(
        _ error: any Error, _ request: Request, _ info: RequestInfo, phase: String, _ logger: Logger
    ) async -> Response {
        if let error = error as? BootFailure {
            // The boot has been reported already.
            logger.error("there is no application: it could not be built", metadata: ["rr.request": "\(request.summary)"])
            return ErrorAnswer.response(
                .serviceUnavailable, for: error.underlying, while: "booting", request: request, isDebug: self.isDebug)
        }
        let status: HTTPResponse.Status =
            switch await self.failed(error, .beforeHead, request, info, logger) {
            case .client: (error as? any HTTPResponseError)?.status ?? .badRequest
            case .cancelled: .serviceUnavailable
            case .deadline: .gatewayTimeout
            case .application: .internalServerError
            }
        if let response = await self.rendered(error, status, request, logger) { return response }
        return ErrorAnswer.response(
            status, for: error, while: "\(phase): \(request.summary)", request: request, isDebug: self.isDebug)
    }

    /// Decides whose fault `error` was, logs it in one line, and tells everyone who wants to know of the application's.
    @discardableResult
    package func failed(
        _ error: any Error, _ phase: ExceptionThrown.Phase, _ request: Request, _ info: RequestInfo, _ logger: Logger
    ) async -> Fault {
        let fault = await info.fault(of: error, isCancelled: Task.isCancelled)
        let metadata: Logger.Metadata = ["rr.phase": "\(phase)", "rr.request": "\(request.summary)"]
        let text = "\(String(reflecting: type(of: error))): \(error)"
        switch fault {
        case .client:
            logger.info("the request was refused: \(text)", metadata: metadata)
        case .cancelled:
            logger.debug("the request was cancelled: the client has left, or the process ends (\(text))", metadata: metadata)
        case .deadline:
            logger.warning("\(error)", metadata: metadata)
        case .application:
            logger.error("\(phase == .beforeHead ? "" : "the body failed: ")\(text)", metadata: metadata)
            let id = info.withState { state in
                state.note(PayloadOutcome(error: error))
                return state.id
            }
            await self.events.exceptionThrown(
                error, phase: phase, request: id.map { Self.identity(request, $0) }, details: request.details)
        }
        return fault
    }

    /// What the application's own renderer makes of it.
    private func rendered(
        _ error: any Error, _ status: HTTPResponse.Status, _ request: Request, _ logger: Logger
    ) async -> Response? {
        guard let renderError else { return nil }
        return await FailedRequest(error: error, status: status, request: request, isDebug: self.isDebug)
            .rendered(by: renderError, logger)
    }
}

/// A handler has answered with a status that announces another answer.
struct InformationalResponse: Error, CustomStringConvertible {
    let status: HTTPResponse.Status

    var description: String {
        "the handler returned the status \(self.status.code), which is not an answer: one from 200 to 599 has to follow it"
    }
}
