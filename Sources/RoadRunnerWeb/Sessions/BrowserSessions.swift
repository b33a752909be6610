public import HTTPWorker
public import Hummingbird

/// Middleware that gives each browser a ``Session``.
///
/// ```swift
/// router.add(middleware: BrowserSessions(driver))
/// router.post("login") { request, context in
///     let session = try context.session
///     try await session.regenerate()
///     try await session.set(user.id, for: "user")
///     return Response.redirect(to: "/")
/// }
/// ```
///
/// The cookie is `HttpOnly`, `SameSite=Lax`, and `Secure` if the connection is encrypted: behind proxies in front of RoadRunner,
/// add ``TrustedProxies`` first. It is set before the head of the response is sent, so streams have it too, and only when the id
/// is new; its lifetime is the session's absolute timeout.
///
/// A response whose handler has used the session gets `Vary: Cookie`. A response that sets the cookie is private to caches:
/// `public` in its `Cache-Control` becomes `private`.
///
/// A request whose handler does not use the session does not access the store.
public struct BrowserSessions<Context: RoadRunnerRequestContext>: RouterMiddleware {
    private let cookie: SessionCookie
    private let storage: SessionStorage

    /// Creates the middleware with the default options.
    ///
    /// - Parameter driver: stores the sessions of all workers: Hummingbird's in-memory driver serves only one process.
    public init(_ driver: any PersistDriver) {
        let options = SessionOptions()
        self.init(cookie: SessionCookie(options), storage: SessionStorage(driver, options: options))
    }

    /// Creates the middleware with options.
    ///
    /// - Parameter driver: stores the sessions of all workers: Hummingbird's in-memory driver serves only one process.
    /// - Throws: ``SessionError/Code/invalidOption`` for a cookie that browsers would not keep.
    public init(_ driver: any PersistDriver, options: SessionOptions) throws(SessionError) {
        try options.validate()
        self.init(cookie: SessionCookie(options), storage: SessionStorage(driver, options: options))
    }

    package init(cookie: SessionCookie, storage: SessionStorage) {
        self.cookie = cookie
        self.storage = storage
    }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let session = Session(headers: request.headers, cookie: self.cookie, storage: self.storage)
        context.info.withState { $0[SessionKey.self] = session }
        do {
            var response = try await next(request, context)
            if let headers = try await self.save(session, context) { headers.add(to: &response.headers, context.logger) }
            return response
        } catch let error as any HTTPResponseError {
            // An error has a response too: the handler's changes to the session are saved.
            guard let headers = try await self.save(session, context) else { throw error }
            throw ErrorWithHeaders(error: error) { headers.add(to: &$0, $1) }
        }
    }

    /// - Returns: nil when the session was not used.
    private func save(_ session: Session, _ context: Context) async throws -> SessionHeaders? {
        let outcome = try await session.save()
        guard outcome.isUsed else { return nil }
        switch outcome.cookie {
        case .none: return SessionHeaders()
        case .set(let id, let lifetime): return SessionHeaders(cookie: try self.line(id, lifetime, context))
        case .remove: return SessionHeaders(cookie: try self.line("", 0, context))
        }
    }

    private func line(_ value: String, _ lifetime: Int, _ context: Context) throws -> String {
        try self.cookie.line(value, lifetime: lifetime, isSecure: context.client.isSecure)
    }
}

private enum SessionKey: RequestStateKey { typealias Value = Session }

extension RoadRunnerRequestContext {
    /// The browser's session.
    ///
    /// - Throws: ``SessionError/Code/notInstalled`` without ``BrowserSessions``.
    public var session: Session {
        get throws(SessionError) {
            guard let session = self.info.withState({ $0[SessionKey.self] }) else { throw SessionError.notInstalled }
            return session
        }
    }
}
