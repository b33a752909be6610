import KVCache
import RoadRunner

/// A user stays logged in, whichever worker answers: sessions are in a RoadRunner storage, which all workers share.
@main
struct LoginSession: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    private struct Login: Decodable {
        let user: String
        let password: String
    }

    private struct Account: ResponseCodable {
        let user: String
        /// A message for the first page after the login.
        let message: String?
    }

    init(_ boot: BootContext) async throws {
        let cache = try await boot.keyValueStore("cache", prefix: "sessions:")
        let routes = router.group().add(middleware: BrowserSessions(KeyValuePersistDriver(cache)))

        // A form or JSON.
        routes.post("login") { request, context in
            let login = try await request.decode(as: Login.self, context: context)
            guard Self.isUser(login) else { throw HTTPError(.unauthorized, message: "wrong user or password") }
            let session = try context.session
            // Anyone who knew the old id must not be logged in with it.
            try await session.regenerate()
            try await session.set(login.user, for: "user")
            try await session.flash("Welcome, \(login.user).", for: "message")
            return Response.redirect(to: "/me")
        }
        routes.get("me") { _, context in
            let session = try context.session
            guard let user = try await session.get("user", as: String.self) else {
                throw HTTPError(.unauthorized, message: "log in first")
            }
            return Account(user: user, message: try await session.takeFlash("message"))
        }
        routes.post("logout") { _, context in
            try await context.session.destroy()
            return HTTPResponse.Status.noContent
        }
    }

    /// A real application asks its database here, and compares hashes.
    private static func isUser(_ login: Login) -> Bool { login.user == "ann" && login.password == "secret" }

    var workers: some Workers { HTTP(router) }
}
