public import HTTPWorker
public import Hummingbird
import RoadRunnerRuntime

/// Middleware that gives errors that know their response, such as the `HTTPError` of an unknown path, a page of the application's own.
///
/// Hummingbird's router answers them itself, so that `HTTP.errorPages(_:)` does not see them. Other errors are handed on to it. Headers
/// that other middleware adds to errors are added to the page, whatever the order of the two.
///
/// Hummingbird's `CORSMiddleware` turns every error into an empty response, which the runtime never hears of. Where it is used, this
/// middleware has to be added before it: then errors that nobody has caught are logged, reported and shown like any other.
///
/// ```swift
/// router.add(middleware: ErrorPages(pages.render))
/// …
/// var workers: some Workers { HTTP(router).errorPages(pages.render) }
/// ```
public struct ErrorPages<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let render: ErrorResponseRenderer

    /// Creates the middleware.
    ///
    /// - Parameter render: asked for each error that knows its response; where it answers nil or throws, that is sent.
    public init(_ render: @escaping ErrorResponseRenderer) { self.render = render }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            // Other middleware may have wrapped it, to add headers.
            let unwrapped = UnwrappedError(error)
            guard let known = unwrapped.response else { throw unwrapped.uncaught }
            let failed = ErrorContext(
                error: known, status: known.status, request: request, isDebug: context.info.isDebug)
            guard var response = await failed.rendered(by: self.render, context.logger) else { throw error }
            context.info.withState { $0.isRendered = true }
            unwrapped.editReplacement(&response.headers, context.logger)
            return response
        }
    }
}
