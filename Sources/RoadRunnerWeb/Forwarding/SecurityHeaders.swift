public import HTTPWorker
import HTTPTypes
public import Hummingbird

/// Middleware that adds the headers by which browsers are more careful, where the response does not have them.
///
/// `X-Content-Type-Options: nosniff`, `Referrer-Policy: strict-origin-when-cross-origin`, `X-Frame-Options: SAMEORIGIN`, and with
/// encrypted connections `Strict-Transport-Security`, if a time is given for it. For content security policies Hummingbird has a
/// middleware of its own. Errors that know their response get them as well.
public struct SecurityHeaders<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let headers: HTTPFields
    private let transportSecurity: String?

    /// Creates the middleware.
    ///
    /// - Parameter transportSecurity: how long browsers must use nothing but encrypted connections; nil says nothing of it.
    public init(transportSecurity: Duration? = nil) {
        var headers: HTTPFields = [.xContentTypeOptions: "nosniff"]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "strict-origin-when-cross-origin" }
        if let name = HTTPField.Name("X-Frame-Options") { headers[name] = "SAMEORIGIN" }
        self.headers = headers
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
            // One that Hummingbird's CORSMiddleware has wrapped may be nobody's response.
            let unwrapped = UnwrappedError(error)
            guard unwrapped.response != nil else { throw unwrapped.uncaught }
            throw ErrorWithHeaders(error: error, headers: headers)
        }
    }
}
