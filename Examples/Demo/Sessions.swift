import Hummingbird
import KVCache
import RoadRunner

/// Sessions, and work after the response.
struct Sessions {
    private let cache: KeyValueStore

    init(_ boot: BootContext) async throws {
        self.cache = try await boot.keyValueStore("cache", prefix: "sessions:")
    }

    func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        self.addAccount(to: router.group().add(middleware: BrowserSessions(KeyValuePersistDriver(self.cache))))
        self.addAfter(to: router)
    }

    private struct Login: Decodable { let user: String }

    private struct Account: ResponseEncodable {
        let user: String
        var message: String?
    }

    private func addAccount(to routes: RouterGroup<BasicRoadRunnerRequestContext>) {
        // A form or JSON.
        routes.post("login") { request, context in
            let login = try await request.decode(as: Login.self, context: context)
            guard (1...100).contains(login.user.utf8.count) else {
                throw HTTPError(.badRequest, message: "user has 1 to 100 bytes")
            }
            let session = try context.session
            // Anyone who knew the old id must not be logged in with it.
            try await session.regenerate()
            try await session.set(login.user, for: "user")
            try await session.flash("You are logged in.", for: "message")
            return Account(user: login.user)
        }
        routes.get("me") { _, context in
            let session = try context.session
            guard let user = try await session.get("user", as: String.self) else {
                throw HTTPError(.unauthorized, message: "POST /login first")
            }
            return Account(user: user, message: try await session.takeFlash("message"))
        }
        routes.post("logout") { _, context in
            try await context.session.destroy()
            return HTTPResponse.Status.noContent
        }
    }

    private struct Work: Codable, Sendable, ResponseEncodable { let id: String }

    private func addAfter(to router: Router<BasicRoadRunnerRequestContext>) {
        let cache = self.cache
        router.get("after") { request, context in
            let milliseconds = request.uri.queryParameters.get("ms", as: Int.self) ?? 100
            let work = Work(id: String(UInt64.random(in: 0 ... .max), radix: 16))
            // The client has its response by then.
            context.afterResponse {
                try await Task.sleep(for: .milliseconds(milliseconds.clamped(to: 0...5000)))
                try await cache.set(work, for: "after", timeToLive: .seconds(600))
            }
            return work
        }
        router.get("after/last") { _, _ in
            guard let work = try await cache.get("after", as: Work.self) else { throw HTTPError(.notFound) }
            return work
        }
    }
}
