import HTTPTypes
public import HTTPWorker
public import Hummingbird
import RoadRunnerRuntime

/// Middleware that adds security headers for browsers to responses that lack them.
///
/// `X-Content-Type-Options: nosniff`, `Referrer-Policy: strict-origin-when-cross-origin`, `X-Frame-Options: SAMEORIGIN`, and on
/// encrypted connections `Strict-Transport-Security`, if a duration is given for it. For content security policies Hummingbird
/// has its own middleware. Errors that know their response get the headers as well.
public struct SecurityHeaders<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let headers: HTTPFields
    private let transportSecurity: String?

    /// Creates the middleware.
    ///
    /// - Parameter transportSecurity: how long browsers must use only encrypted connections; nil omits the header.
    public init(transportSecurity: Duration? = nil) {
        self.headers = [
            .xContentTypeOptions: "nosniff", .referrerPolicy: "strict-origin-when-cross-origin", .xFrameOptions: "SAMEORIGIN",
        ]
        self.transportSecurity = transportSecurity.map { "max-age=\(max(0, $0.components.seconds))" }
    }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var headers = self.headers
        if let transportSecurity, context.client.isSecure { headers[.strictTransportSecurity] = transportSecurity }
        do {
            var response = try await next(request, context)
            response.headers.addMissing(headers)
            return response
        } catch let error as any HTTPResponseError {
            // An error that Hummingbird's CORSMiddleware has wrapped may have no response.
            let unwrapped = UnwrappedError(error)
            guard unwrapped.response != nil else { throw unwrapped.uncaught }
            throw ErrorWithHeaders(error: error, headers: headers)
        }
    }
}
