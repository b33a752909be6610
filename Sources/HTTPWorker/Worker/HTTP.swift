public import Hummingbird
public import HummingbirdCore
package import Logging
public import NIOCore
public import RoadRunnerRuntime

/// Serves HTTP with a Hummingbird router or responder.
///
/// ```swift
/// var workers: some Workers { HTTP(router) }
/// ```
///
/// A program of one route needs no router:
///
/// ```swift
/// var workers: some Workers { HTTP { request, context in "Hello from \(request.uri.path)" } }
/// ```
///
/// Contexts that conform to ``RoadRunnerRequestContext`` see what RoadRunner knows of the request. Contexts of applications
/// that were written for Hummingbird's own server, such as `BasicRequestContext`, work unchanged; the channel they are made
/// with knows the peer's address and nothing else.
public struct HTTP: Worker {
    /// `http`.
    public static var mode: WorkerMode { .http }

    package let application: any HTTPApplication
    package private(set) var renderError: ErrorResponseRenderer?
    package private(set) var server: StandaloneServer?
    /// The routes, where what is served has some and somebody wants to know them.
    package private(set) var routes: [KernelDescription.Route] = []

    /// Serves a responder, whose contexts are made from Hummingbird's own source.
    public init<Responder: HTTPResponder>(_ responder: Responder)
    where Responder.Context: RequestContext, Responder.Context.Source == ApplicationRequestContextSource {
        self.application = ResponderApplication(responder: responder)
    }

    /// Serves a router.
    public init<Builder: HTTPResponderBuilder>(_ router: Builder)
    where Builder.Responder.Context: RequestContext, Builder.Responder.Context.Source == ApplicationRequestContextSource {
        self.init(router.buildResponder())
        if KernelDescription.wantsRoutes { self.routes = (router as? any RouteList)?.descriptions ?? [] }
    }

    /// Serves one handler for all requests.
    public init<Generator: ResponseGenerator>(
        _ handler: @escaping @Sendable (Request, BasicRoadRunnerRequestContext) async throws -> Generator
    ) {
        self.init(
            CallbackResponder { request, context in
                try await handler(request, context).response(from: request, context: context)
            })
    }

    /// Serves it with error pages of the application's own.
    ///
    /// `render` is asked for every error that reaches the runtime, and unless it answers nil its response is sent. Errors that come
    /// once the head is sent are not its business: they end the body. Those that know their response a router answers itself:
    /// `ErrorPages` is for them.
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
    /// Makes the server of the standalone runtime.
    ///
    /// Hand `handlers()` on as the additional channel handlers: they tell broken requests from errors of the application, and frame
    /// responses. With HTTP/2 they belong into `streamConfiguration`.
    public typealias ServerBuilder =
        @Sendable (
            _ handlers: @escaping @Sendable () -> [any RemovableChannelHandler]
        ) throws -> HTTPServerBuilder

    /// Serves it by another of Hummingbird's servers where it runs alone: HTTP/2, TLS, idle timeouts.
    ///
    /// RoadRunner's pool has servers of its own, and does not ask. A kernel that is booted lazily is built too late for it.
    ///
    /// ```swift
    /// HTTP(router).server { handlers in
    ///     .http1(configuration: .init(additionalChannelHandlers: handlers(), idleTimeout: .seconds(60)))
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - isSecure: whether connections are encrypted: what ``RequestInfo/scheme`` says, and with it cookies, links and redirects.
    ///   - make: is called once, when the kernel has been built.
    public func server(isSecure: Bool = false, _ make: @escaping ServerBuilder) -> HTTP {
        var http = self
        http.server = StandaloneServer(isSecure: isSecure, make: make)
        return http
    }

    /// The server by which the standalone runtime serves an application.
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

/// A responder with the contexts it needs, whatever their type.
package protocol HTTPApplication: Sendable {
    /// - Parameter responder: asked for the response to an error that knows its own.
    /// - Throws: what the responder throws, but for errors that know their own response.
    func respond(
        to request: Request, info: RequestInfo, logger: Logger, for responder: RequestResponder
    ) async throws -> Response
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
            // It only wraps one that does not know its response.
            guard let known = unwrapped.response else { throw error }
            guard var response = await responder.rendered(known, known.status, request, logger) else {
                return try error.response(from: request, context: context)
            }
            info.withState { $0.isRendered = true }
            unwrapped.editReplacement(&response.headers, logger)
            return response
        }
    }
}

/// There is no application, because it could not be built.
package struct BootFailure: Error, CustomStringConvertible {
    package let underlying: any Error
    package var description: String { "\(String(reflecting: type(of: self.underlying))): \(self.underlying)" }
}

private struct FailedApplication: HTTPApplication {
    let failure: any Error

    func respond(
        to request: Request, info: RequestInfo, logger: Logger, for responder: RequestResponder
    ) async throws -> Response {
        throw BootFailure(underlying: self.failure)
    }
}
