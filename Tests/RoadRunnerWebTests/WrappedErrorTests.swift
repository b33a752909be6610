import HTTPTypes
import Hummingbird
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

/// Tests errors that other middleware wraps to add headers.
@Suite(.timeLimit(.minutes(1))) struct WrappedErrorTests {
    private static let render: ErrorResponseRenderer = { failed in
        Response(
            status: failed.status, headers: [.vary: "Accept"], body: .text("\(failed.status.code) \(type(of: failed.error))"))
    }

    private func withRouter<Result>(
        _ middleware: [any MiddlewareProtocol<Request, Response, BasicRoadRunnerRequestContext>],
        _ body: (TestWorker) async throws -> Result
    ) async throws -> Result {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        for middleware in middleware { router.add(middleware: middleware) }
        router.get("ok") { _, _ in "ok" }
        router.get("throw") { _, _ -> String in throw Broken() }
        router.get("fail") { _, _ -> String in throw HTTPError(.conflict) }
        router.get("login") { _, _ -> String in
            throw HTTPError(.unauthorized, headers: [.wwwAuthenticate: "Basic"], message: "no")
        }
        return try await TestWorker.with(HTTP(router).errorPages(Self.render)) { worker async throws in
            let result = try await body(worker)
            try await expectStillInStep(worker)
            return result
        }
    }

    private let origin = [("Origin", "https://a.test")]

    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]])
    func pagesSeeErrorsAsTheyWereThrownInAnyOrder(_ order: [Int]) async throws {
        let all: [any MiddlewareProtocol<Request, Response, BasicRoadRunnerRequestContext>] = [
            ErrorPages(Self.render), SecurityHeaders(), CORSMiddleware(),
        ]
        try await self.withRouter(order.map { all[$0] }) { worker async throws in
            for (path, expected) in [("/fail", "409 HTTPError"), ("/nope", "404 HTTPError"), ("/login", "401 HTTPError")] {
                let response = try await worker.send(.get(path, headers: self.origin))
                #expect(response.text == expected)
                #expect(response.head["X-Content-Type-Options"] == ["nosniff"])
                #expect(response.head["Access-Control-Allow-Origin"] == ["https://a.test"])
                #expect(response.head["Vary"].sorted() == ["Accept", "Origin"])
                #expect(response.head["WWW-Authenticate"] == (path == "/login" ? ["Basic"] : []))
            }
            // The application's own error reaches the runtime if any middleware of this package is outside of Hummingbird's.
            guard order.first != 2 else { return }
            let response = try await worker.send(.get("/throw", headers: self.origin))
            #expect(response.text == "500 Broken")
            #expect(response.head["Access-Control-Allow-Origin"] == ["https://a.test"])
        }
    }

    /// A responder that is not a router leaves unwrapping to the runtime.
    @Test func theRuntimeUnwrapsTheRest() async throws {
        let cors = CORSMiddleware<BasicRoadRunnerRequestContext>()
        let responder = CallbackResponder<BasicRoadRunnerRequestContext> { request, context in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
            return try await cors.handle(request, context: context) { request, _ in
                if request.uri.path == "/throw" { throw Broken() }
                throw HTTPError(.notFound)
            }
        }
        try await TestWorker.with(HTTP(responder).errorPages(Self.render)) { worker async throws in
            for (path, expected) in [("/throw", "500 Broken"), ("/nope", "404 HTTPError")] {
                let response = try await worker.send(.get(path, headers: self.origin))
                #expect(response.text == expected)
                #expect(response.head["Access-Control-Allow-Origin"] == ["https://a.test"])
            }
            try await expectStillInStep(worker)
        }
    }
}
