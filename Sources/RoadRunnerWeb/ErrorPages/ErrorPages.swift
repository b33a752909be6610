public import HTTPWorker
public import Hummingbird
import RoadRunnerRuntime

/// Middleware that renders pages for errors that know their response, such as the `HTTPError` of an unknown path.
///
/// Hummingbird's router turns these errors into responses itself, so `HTTP.errorPages(_:)` does not see them. Other errors are
/// passed on to it. Headers that other middleware adds to errors are added to the page, whatever the order of the two.
///
/// Hummingbird's `CORSMiddleware` turns every error into an empty response, without the runtime's knowledge. Add this middleware
/// before it: then uncaught errors are logged, reported and shown as usual.
///
/// ```swift
/// router.add(middleware: ErrorPages(pages.render))
/// let http = HTTP(router).errorPages(pages.render)
/// ```
public struct ErrorPages<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let render: ErrorResponseRenderer

    /// Creates the middleware.
    ///
    /// - Parameter render: called for each error that knows its response; if it returns nil or throws, the error's own response
    ///   is sent.
    public init(_ render: @escaping ErrorResponseRenderer) { self.render = render }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            // Other middleware may have wrapped the error, to add headers.
            let unwrapped = UnwrappedError(error)
            guard let known = unwrapped.response else { throw unwrapped.uncaught }
            let failed = ErrorContext(
                error: known, status: known.status, request: request, isDebug: context.info.isDebug)
            guard var response = await failed.rendered(by: self.render, context.logger) else { throw error }
            context.info.withState { $0.isRendered = true }
            // The error ends here, so it is recorded here.
            RequestTrace.current?.error("\(known)")
            unwrapped.editReplacement(&response.headers, context.logger)
            return response
        }
    }
}
