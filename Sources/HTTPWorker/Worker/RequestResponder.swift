import HTTPTypes
package import Hummingbird
package import Logging
package import RoadRunnerRuntime

/// Lets the application respond, and turns its errors into responses, in the same way under RoadRunner and alone.
package final class RequestResponder: Sendable {
    private let application: any HTTPApplication
    private let renderError: ErrorResponseRenderer?
    let deadline: RequestDeadline?
    private let inspectorPath: String?
    private let explainsErrors: Bool
    /// The routes that the page of an unknown path lists.
    private let routes: [KernelDescription.Route]
    package let pages: any HTTPPages
    package let pipeline: ExchangePipeline
    package let isDebug: Bool
    /// The server that the application has chosen for the standalone runtime.
    package let server: HTTP.StandaloneServer?

    package init(
        application: any HTTPApplication, renderError: ErrorResponseRenderer?, options: RuntimeOptions,
        pipeline: ExchangePipeline,
        executor: (any TaskExecutor)? = nil, server: HTTP.StandaloneServer? = nil, routes: [KernelDescription.Route] = []
    ) {
        self.application = application
        self.renderError = renderError
        self.deadline = options.http.requestDeadline.map { RequestDeadline($0, executor) }
        self.inspectorPath = options.http.inspectorPath
        self.explainsErrors = options.http.errorBodies
        self.routes = routes
        self.pages = options.http.pages
        self.pipeline = pipeline
        self.isDebug = options.isDebug
        self.server = server
    }

    // MARK: Handling

    /// The result of sending a response.
    package struct Sending: Sendable {
        /// The status of the response that was sent, which may not be the application's.
        package var status: Int
        package var isComplete: Bool

        package init(status: Int, isComplete: Bool) {
            self.status = status
            self.isComplete = isComplete
        }
    }

    /// Handles a request as one exchange: lets the application respond, and sends the response.
    package func handle(_ request: Request, _ info: RequestInfo, over transport: some ResponseTransport) async -> Outcome {
        await self.handle(HTTPSubject(request: request, info: info), over: transport)
    }

    /// Handles a request as one exchange, without a copy of it.
    func handle(_ subject: HTTPSubject, over transport: some ResponseTransport) async -> Outcome {
        let sender = ResponseSender(self)
        // Requests for the inspector's page are not recorded.
        if let inspector = self.pipeline.inspector, let path = self.inspectorPath,
            let page = await self.pages.inspectorResponse(to: subject.request, inspector, path: path)
        {
            return Outcome(
                status: await sender.send(page, to: subject.request, subject.info, over: transport, self.pipeline.logger).status)
        }
        return await self.pipeline.run(subject) { exchange in
            subject.info.withState { state in
                state.isDebug = self.isDebug
                state.id = exchange.id
            }
            let response = await self.respond(to: subject.request, info: subject.info, logger: exchange.logger)
            exchange.trace?.mark("response made")
            let sending = await sender.send(response, to: subject.request, subject.info, over: transport, exchange.logger)
            exchange.trace?.mark("response sent")
            var (outcome, hasWork) = subject.info.withState { ($0.outcome, !$0.endsWithoutWork()) }
            outcome.status = sending.status
            outcome.isComplete = sending.isComplete
            if hasWork, let work = AfterResponse(subject.request, subject.info, self.pipeline.events) {
                outcome.afterwards = { await transport.perform(work, exchange.logger) }
            }
            return outcome
        }
    }

    // MARK: Responding

    private func respond(to request: Request, info: RequestInfo, logger: Logger) async -> Response {
        do {
            let response: Response
            if let deadline {
                let end = deadline.end
                info.withState { $0.deadlineEnd = end }
                response = try await deadline.race(until: end, logger) {
                    try await self.applicationResponse(request, info, logger)
                } late: { response in
                    try? await ResponseSender.discard(response.body)
                }
            } else {
                response = try await self.applicationResponse(request, info, logger)
            }
            // RoadRunner would send 200 after it, and nothing at all after 101.
            if response.status.kind == .informational {
                try? await ResponseSender.discard(response.body)
                throw InformationalResponse(status: response.status)
            }
            return response.status.code < 400 ? response : await self.completed(response, request, info)
        } catch {
            // The deadline no longer applies to the error page, which is its result.
            if self.deadline != nil { info.withState { $0.deadlineEnd = nil } }
            return await self.failure(
                error, request: request, info: info, while: "handling the request, before the head", logger: logger)
        }
    }

    private func applicationResponse(_ request: Request, _ info: RequestInfo, _ logger: Logger) async throws -> Response {
        try await self.application.respond(to: request, info: info, logger: logger, for: self)
    }

    /// Adds a page to an error without a body, such as Hummingbird's 404 and 413, and passes the message of any other to the inspector.
    private func completed(_ response: Response, _ request: Request, _ info: RequestInfo) async -> Response {
        // Errors that were rendered have their own page, and are in the trace already.
        guard !info.withState({ $0.isRendered }) else { return response }
        guard self.explainsErrors, response.isUnexplained else {
            guard self.pipeline.inspector != nil, let trace = RequestTrace.current else { return response }
            return response.notingMessage(in: trace)
        }
        let isUnknown = response.status == .notFound && info.routeSource.route == BareError.unknownRoute
        let error = BareError(response.status, request, routes: isUnknown ? self.routes : nil)
        let page = self.pages.errorResponse(
            response.status, for: error, while: "handling the request: \(request.summary)", request: request,
            isDebug: self.isDebug)
        // Middleware may wait for its end.
        try? await ResponseSender.discard(response.body)
        return response.explained(by: page)
    }

    /// Logs `error` and creates the response for it.
    package func failure(
        _ error: any Error, request: Request, info: RequestInfo, while activity: String, logger: Logger
    ) async -> Response {
        let unwrapped = UnwrappedError(error)
        var response = await self.failure(of: unwrapped.error, request: request, info: info, while: activity, logger: logger)
        unwrapped.edit(&response.headers, logger)
        return response
    }

    private func failure(
        of error: any Error, request: Request, info: RequestInfo, while activity: String, logger: Logger
    ) async -> Response {
        if let error = error as? BootFailure {
            // The failed boot has already been reported.
            logger.error("no kernel: its boot failed", metadata: ["rr.request": "\(request.summary)"])
            return self.pages.errorResponse(
                .serviceUnavailable, for: error.underlying, while: "booting", request: request, isDebug: self.isDebug)
        }
        let status: HTTPResponse.Status =
            switch await self.failed(error, phase: .beforeHead, info: info) {
            case .client: (error as? any HTTPResponseError)?.status ?? .badRequest
            case .cancelled: .serviceUnavailable
            case .deadline: .gatewayTimeout
            case .application: .internalServerError
            }
        if let response = await self.rendered(error, status: status, request: request, logger: logger) { return response }
        return self.pages.errorResponse(
            status, for: error, while: "\(activity): \(request.summary)", request: request, isDebug: self.isDebug)
    }

    /// Decides whose fault `error` was, and records it in the outcome of the request, which the pipeline reports.
    @discardableResult
    package func failed(_ error: any Error, phase: ExceptionThrown.Phase, info: RequestInfo) async -> Fault {
        let fault = await info.fault(of: error, isCancelled: Task.isCancelled)
        info.withState { $0.note(Outcome.Failure(error, phase: phase, fault: fault)) }
        return fault
    }

    /// Calls the application's own renderer.
    func rendered(
        _ error: any Error, status: HTTPResponse.Status, request: Request, logger: Logger
    ) async -> Response? {
        guard let renderError else { return nil }
        return await ErrorContext(error: error, status: status, request: request, isDebug: self.isDebug)
            .rendered(by: renderError, logger)
    }
}
