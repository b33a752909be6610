public import Hummingbird
public import HummingbirdCore
import Logging
public import NIOCore
public import RoadRunnerRuntime

/// Serves HTTP with a Hummingbird router or responder.
///
/// ```swift
/// var workers: some Workers { HTTP(router) }
/// ```
///
/// A program with one route needs no router:
///
/// ```swift
/// var workers: some Workers { HTTP { request, context in "Hello from \(request.uri.path)" } }
/// ```
///
/// Contexts that conform to ``RoadRunnerRequestContext`` have access to RoadRunner's information about the request. Contexts of
/// applications that were written for Hummingbird's own server, such as `BasicRequestContext`, work unchanged; the channel that
/// they are created with knows only the peer's address.
///
/// An error that the handler throws, or a body before its first chunk, becomes an error page. An error of a body after its first chunk ends
/// the response there. An error of work after the response is logged. "How requests end", an article of the product `RoadRunner`, has all
/// cases.
public struct HTTP: Worker {
    /// `http`.
    public static var mode: WorkerMode { .http }

    package let application: any HTTPApplication
    package private(set) var renderError: ErrorResponseRenderer?
    package private(set) var server: StandaloneServer?
    /// The routes, if the responder has some and they will be shown.
    package private(set) var routes: [KernelDescription.Route] = []

    /// Creates a worker for a responder whose contexts are created from Hummingbird's own source.
    public init<Responder: HTTPResponder>(_ responder: Responder)
    where Responder.Context: RequestContext, Responder.Context.Source == ApplicationRequestContextSource {
        self.application = ResponderApplication(responder: responder)
    }

    /// Creates a worker for a router.
    public init<Builder: HTTPResponderBuilder>(_ router: Builder)
    where Builder.Responder.Context: RequestContext, Builder.Responder.Context.Source == ApplicationRequestContextSource {
        self.init(router.buildResponder())
        if KernelDescription.wantsRoutes { self.routes = (router as? any RouteList)?.descriptions ?? [] }
    }

    /// Creates a worker with one handler for all requests.
    public init<Generator: ResponseGenerator>(
        _ handler: @escaping @Sendable (Request, BasicRoadRunnerRequestContext) async throws -> Generator
    ) {
        self.init(
            CallbackResponder { request, context in
                try await handler(request, context).response(from: request, context: context)
            })
    }

    /// Adds the application's own error pages.
    ///
    /// `render` is called for every error that reaches the runtime, and its response is sent unless it returns nil. It does not
    /// see errors after the head was sent; they end the body. Nor does it see errors that know their response, which a router
    /// answers itself: add `ErrorPages` for them.
    ///
    /// ```swift
    /// HTTP(router).errorPages { failed in
    ///     Response(status: failed.status, body: .init(byteBuffer: pages.sorry))
    /// }
    /// ```
    public func errorPages(_ render: @escaping ErrorResponseRenderer) -> HTTP {
        var http = self
        http.renderError = render
        return http
    }
}

extension HTTP {
    /// Creates the server of the standalone runtime.
    ///
    /// Pass `handlers()` on as the additional channel handlers: they distinguish broken requests from errors of the application,
    /// and frame responses. With HTTP/2 they belong in `streamConfiguration`.
    public typealias ServerBuilder =
        @Sendable (
            _ handlers: @escaping @Sendable () -> [any RemovableChannelHandler]
        ) throws -> HTTPServerBuilder

    /// Chooses another of Hummingbird's servers for the standalone runtime, for example for HTTP/2, TLS or idle timeouts.
    ///
    /// RoadRunner's pool has its own servers, and ignores this. A kernel that is booted lazily is built too late for it.
    ///
    /// ```swift
    /// HTTP(router).server { handlers in
    ///     .http1(configuration: .init(additionalChannelHandlers: handlers(), idleTimeout: .seconds(60)))
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - isSecure: whether connections are encrypted, which determines ``RequestInfo/scheme``, and with it cookies, links and
    ///     redirects.
    ///   - make: creates the server; called once, when the kernel has been built.
    public func server(isSecure: Bool = false, _ make: @escaping ServerBuilder) -> HTTP {
        var http = self
        http.server = StandaloneServer(isSecure: isSecure, make: make)
        return http
    }

    /// The server that the standalone runtime uses for an application.
    package struct StandaloneServer: Sendable {
        package let isSecure: Bool
        package let make: ServerBuilder
    }
}

extension HTTP: WorkerPlugin {
    public static func bootPolicy(_ configuration: HTTPOptions) -> BootPolicy { configuration.boot }

    public func makeHandler(_ environment: WorkerEnvironment<HTTPOptions>) async throws -> any PayloadHandler {
        HTTPHandler(
            RequestResponder(
                application: self.application, renderError: self.renderError, options: environment.options,
                pipeline: environment.pipeline, executor: environment.loop, routes: self.routes), environment)
    }

    public static func makeFailureHandler(
        _ failure: any Error, _ environment: WorkerEnvironment<HTTPOptions>
    ) -> any PayloadHandler {
        HTTPHandler(
            RequestResponder(
                application: FailedApplication(failure: failure), renderError: nil, options: environment.options,
                pipeline: environment.pipeline, executor: environment.loop), environment)
    }

    public static func refuse(
        _ problem: PayloadProblem, _ responder: PayloadResponder, _ environment: WorkerEnvironment<HTTPOptions>
    ) async {
        await HTTPHandler.refuse(problem, responder, environment)
    }
}

private struct ResponderApplication<Responder: HTTPResponder>: HTTPApplication
where Responder.Context: RequestContext, Responder.Context.Source == ApplicationRequestContextSource {
    let responder: Responder

    func respond(
        to request: Request, info: RequestInfo, logger: Logger, for responder: RequestResponder
    ) async throws -> Response {
        let context = Responder.Context(source: ApplicationRequestContextSource(channel: info.channel, logger: logger))
        info.withState { $0.endpointPath = context.coreContext.endpointPath }
        do {
            return try await self.responder.respond(to: request, context: context)
        } catch let error as any HTTPResponseError {
            let unwrapped = UnwrappedError(error)
            // Rethrow an error that only wraps one without a response.
            guard let known = unwrapped.response else { throw error }
            guard var response = await responder.rendered(known, status: known.status, request: request, logger: logger) else {
                return try error.response(from: request, context: context)
            }
            info.withState { $0.isRendered = true }
            RequestTrace.current?.error("\(known)")
            unwrapped.editReplacement(&response.headers, logger)
            return response
        }
    }
}

private struct FailedApplication: HTTPApplication {
    let failure: any Error

    func respond(
        to request: Request, info: RequestInfo, logger: Logger, for responder: RequestResponder
    ) async throws -> Response {
        throw BootFailure(underlying: self.failure)
    }
}
