import HTTPTypes
package import Hummingbird
package import Logging

/// Lets the application respond, and turns what it throws into a response: the same under RoadRunner and alone.
package struct RequestResponder: Sendable {
    private let application: any HTTPApplication
    package let isDebug: Bool

    package init(application: any HTTPApplication, isDebug: Bool) {
        self.application = application
        self.isDebug = isDebug
    }

    package func respond(to request: Request, info: RequestInfo, logger: Logger) async -> Response {
        do {
            let response = try await self.application.respond(to: request, info: info, logger: logger)
            // RoadRunner would answer 200 after it, and after 101 nothing at all.
            if response.status.kind == .informational { throw InformationalResponse(status: response.status) }
            return response
        } catch {
            return self.failure(error, request, phase: "handling the request, before the head", logger)
        }
    }

    /// Logs `error` and makes the response for it.
    package func failure(_ error: any Error, _ request: Request, phase: String, _ logger: Logger) -> Response {
        if error is CancellationError, Task.isCancelled {
            logger.debug("the request was cancelled before it was answered")
        } else if let error = error as? BootFailure {
            // The boot has been reported already.
            logger.error("there is no application: it could not be built", metadata: ["rr.request": "\(request.summary)"])
            return ErrorAnswer.response(.serviceUnavailable, for: error.underlying, while: "booting", isDebug: self.isDebug)
        } else {
            logger.error(
                "\(String(reflecting: type(of: error))): \(error)",
                metadata: ["rr.phase": "before head", "rr.request": "\(request.summary)"])
        }
        return ErrorAnswer.response(
            .internalServerError, for: error, while: "\(phase): \(request.summary)", isDebug: self.isDebug)
    }
}

/// A handler has answered with a status that announces another answer.
struct InformationalResponse: Error, CustomStringConvertible {
    let status: HTTPResponse.Status

    var description: String {
        "the handler returned the status \(self.status.code), which is not an answer: one from 200 to 599 has to follow it"
    }
}

extension Request {
    /// Method and path, without the query, which may hold secrets.
    var summary: String { "\(self.method.rawValue) \(self.uri.path)" }
}
