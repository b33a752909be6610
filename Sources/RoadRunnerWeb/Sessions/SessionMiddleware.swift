public import HTTPWorker
import HTTPTypes
public import Hummingbird

/// Middleware that gives each browser a ``Session``.
///
/// ```swift
/// router.add(middleware: SessionMiddleware(driver))
/// router.post("login") { request, context in
///     let session = try context.session
///     try await session.regenerate()
///     try await session.set(user.id, for: "user")
///     return Response.redirect(to: "/")
/// }
/// ```
///
/// The cookie is `HttpOnly`, `SameSite=Lax`, and `Secure` where the connection is: with proxies before RoadRunner add
/// ``TrustedProxies`` first. It is set before the head of the response is sent, so that streams have it too.
public struct SessionMiddleware<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let driver: any PersistDriver
    private let options: SessionOptions

    /// - Parameter driver: where sessions are stored, for all workers: Hummingbird's in-memory one serves one process only.
    public init(_ driver: any PersistDriver, options: SessionOptions = SessionOptions()) {
        self.driver = driver
        self.options = options
    }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let session = Session(
            offeredID: request.cookies[self.options.cookieName]?.value, driver: self.driver, options: self.options)
        context.info.withState { $0[SessionKey.self] = session }
        do {
            var response = try await next(request, context)
            try await self.save(session, context, &response.headers)
            return response
        } catch let error as any HTTPResponseError {
            // A refusal is a response too: what the handler has noted of it is kept.
            var headers = HTTPFields()
            try await self.save(session, context, &headers)
            throw headers.isEmpty ? error : ErrorWithHeaders(error: error, headers: headers)
        }
    }

    private func save(_ session: Session, _ context: Context, _ headers: inout HTTPFields) async throws {
        let cookie: Cookie
        switch try await session.save().cookie {
        case .none: return
        case .set(let id, let lifetime): cookie = try self.cookie(id, Int(clamping: lifetime.components.seconds), context)
        case .remove: cookie = try self.cookie("", 0, context)
        }
        headers[values: .setCookie].append(cookie.description)
        // What is for one browser is not for caches that serve many.
        if headers[.cacheControl] == nil { headers[.cacheControl] = "private" }
    }

    private func cookie(_ value: String, _ maxAge: Int, _ context: Context) throws -> Cookie {
        let isSecure =
            switch self.options.secure {
            case .byScheme: self.options.sameSite == .none || context.client.isSecure
            case .always: true
            case .never: self.options.sameSite == .none
            }
        return try Cookie.validated(
            name: self.options.cookieName, value: value, maxAge: max(0, maxAge), domain: self.options.domain,
            path: self.options.path, secure: isSecure, httpOnly: true, sameSite: self.options.sameSite)
    }
}

private enum SessionKey: RequestStateKey { typealias Value = Session }

extension RoadRunnerRequestContext {
    /// The browser's session.
    ///
    /// - Throws: ``SessionError/Code/notInstalled`` without ``SessionMiddleware``.
    public var session: Session {
        get throws(SessionError) {
            guard let session = self.info.withState({ $0[SessionKey.self] }) else { throw SessionError.notInstalled }
            return session
        }
    }
}
