public import HTTPWorker
public import Hummingbird
import RoadRunnerRuntime

/// Middleware that gives errors that know their response, such as the `HTTPError` of an unknown path, a page of the application's own.
///
/// Hummingbird's router answers them itself, so that ``HTTP/errorPages(_:)`` does not see them. Other errors are handed on to it.
///
/// ```swift
/// router.add(middleware: ErrorPages(pages.render))
/// …
/// var workers: some Workers { HTTP(router).errorPages(pages.render) }
/// ```
public struct ErrorPages<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let render: ErrorResponseRenderer

    /// - Parameter render: asked for each error that knows its response; where it answers nil or throws, that is sent.
    public init(_ render: @escaping ErrorResponseRenderer) { self.render = render }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            let (original, edit) = ErrorWithHeaders.unwrapped(error)
            let failed = ErrorContext(
                error: original, status: error.status, request: request, isDebug: context.info.isDebug)
            guard var response = await failed.rendered(by: self.render, context.logger) else { throw error }
            edit(&response.headers, context.logger)
            return response
        }
    }
}
