import HTTPTypes
package import Hummingbird
package import Logging

/// Lets the application respond, and turns what it throws into a response: the same under RoadRunner and alone.
package struct RequestResponder: Sendable {
    private let application: any HTTPApplication
    private let renderError: ErrorRenderer?
    package let isDebug: Bool

    package init(application: any HTTPApplication, renderError: ErrorRenderer?, isDebug: Bool) {
        self.application = application
        self.renderError = renderError
        self.isDebug = isDebug
    }

    /// In debug, what `dump` shows within `body` is kept for the debug page.
    package func withDumps<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        guard self.isDebug else { return try await body() }
        return try await DumpCollector.$current.withValue(DumpCollector()) { try await body() }
    }

    package func respond(to request: Request, info: RequestInfo, logger: Logger) async -> Response {
        if self.isDebug { info.withState { $0.isDebug = true } }
        do {
            let response = try await self.application.respond(to: request, info: info, logger: logger) { error in
                await self.rendered(error, error.status, request, logger)
            }
            // RoadRunner would answer 200 after it, and after 101 nothing at all.
            if response.status.kind == .informational { throw InformationalResponse(status: response.status) }
            return response
        } catch {
            return await self.failure(error, request, phase: "handling the request, before the head", logger)
        }
    }

    /// Logs `error` and makes the response for it.
    package func failure(_ error: any Error, _ request: Request, phase: String, _ logger: Logger) async -> Response {
        if error is CancellationError, Task.isCancelled {
            logger.debug("the request was cancelled before it was answered")
        } else if let error = error as? BootFailure {
            // The boot has been reported already.
            logger.error("there is no application: it could not be built", metadata: ["rr.request": "\(request.summary)"])
            return ErrorAnswer.response(
                .serviceUnavailable, for: error.underlying, while: "booting", request: request, isDebug: self.isDebug)
        } else {
            logger.error(
                "\(String(reflecting: type(of: error))): \(error)",
                metadata: ["rr.phase": "before head", "rr.request": "\(request.summary)"])
        }
        if let response = await self.rendered(error, .internalServerError, request, logger) { return response }
        return ErrorAnswer.response(
            .internalServerError, for: error, while: "\(phase): \(request.summary)", request: request, isDebug: self.isDebug)
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
