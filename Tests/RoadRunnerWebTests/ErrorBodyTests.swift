import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

/// Tests errors without a body: Hummingbird's 404 and 413, and errors of handlers with only a status.
@Suite(.timeLimit(.minutes(1))) struct ErrorBodyTests {
    private struct Item: Codable { let name: String }

    private func withRouter<Result>(
        _ environment: [String: String] = [:], _ body: (TestWorker) async throws -> Result
    ) async throws -> Result {
        let router = Router(context: BasicRoadRunnerRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.get("ok") { _, _ in "ok" }
        router.post("items") { request, context in
            try await request.decode(as: Item.self, context: context).name
        }
        router.get("items/:id") { _, _ in "item" }
        router.delete("items/:id") { _, _ in "gone" }
        router.get("files/**") { _, _ in "file" }
        router.get("<script>") { _, _ in "odd" }
        router.get("own") { _, _ in Response(status: .notFound, body: .text("ours")) }
        router.get("typed") { _, _ in Response(status: .notFound, headers: [.contentType: "text/x"]) }
        router.get("encoded") { _, _ in Response(status: .notFound, headers: [.contentEncoding: "gzip"]) }
        router.on("measured", method: .head) { _, _ in Response(status: .notFound, headers: [.contentLength: "5"]) }
        router.get("message") { _, _ -> String in throw HTTPError(.conflict, message: "taken") }
        router.get("bare") { _, _ -> String in
            throw HTTPError(.unauthorized, headers: [.wwwAuthenticate: "Basic", .cacheControl: "max-age=60"])
        }
        router.get("policy") { _, _ in
            Response(status: .forbidden, headers: [.contentSecurityPolicy: "default-src 'self'"])
        }
        router.get("none") { _, _ in HTTPResponse.Status.noContent }
        router.group("rendered").add(middleware: ErrorPages { Response(status: $0.status) })
            .get("empty") { _, _ -> String in throw HTTPError(.gone) }
        router.group("cors").add(middleware: CORSMiddleware()).get("throw") { _, _ -> String in throw Broken() }
        // As while a kernel is built.
        let http = KernelDescription.$wantsRoutes.withValue(environment["APP_DEBUG"] != nil) { HTTP(router) }
        return try await TestWorker.with(http, environment: environment) { worker async throws in
            let result = try await body(worker)
            try await expectStillInStep(worker)
            return result
        }
    }

    @Test(arguments: [
        ("text/html", "text/html; charset=utf-8"), ("application/json", "application/json; charset=utf-8"),
        ("*/*", "text/plain; charset=utf-8"),
    ])
    func everyErrorHasOneInProduction(_ accept: String, _ type: String) async throws {
        try await self.withRouter { worker async throws in
            let large = Data(repeating: UInt8(ascii: "x"), count: 3 << 20)
            let requests: [(TestRequest, Int)] = [
                (.get("/nope", headers: [("Accept", accept)]), 404),
                (.post("/ok", headers: [("Accept", accept)], body: ""), 404),
                (
                    .post(
                        "/items", headers: [("Accept", accept), ("Content-Type", "application/json")],
                        body: "{\"name\":\"\(String(decoding: large, as: UTF8.self))\"}"), 413
                ),
                (.get("/bare", headers: [("Accept", accept)]), 401), (.get("/policy", headers: [("Accept", accept)]), 403),
                (.get("/cors/throw", headers: [("Accept", accept), ("Origin", "https://a.test")]), 500),
            ]
            for (request, status) in requests {
                let response = try await worker.send(request)
                #expect(response.status == status)
                #expect(response.head["Content-Type"] == [type])
                #expect(response.head["Content-Length"] == ["\(response.body.readableBytes)"])
                #expect(response.text.contains("\(status)"))
                #expect(response.head["X-Content-Type-Options"] == ["nosniff"])
                #expect(!response.text.contains("items"), "production shows no routes")
            }
        }
    }

    @Test func bodiesOfTheApplicationAreKept() async throws {
        try await self.withRouter { worker async throws in
            #expect(try await worker.send(.get("/own")).text == "ours")
            #expect(try await worker.send(.get("/typed")).text == "")
            #expect(try await worker.send(.get("/encoded")).text == "")
            #expect(try await worker.send(TestRequest("HEAD", "/measured")).head["Content-Length"] == ["5"])
            #expect(try await worker.send(.get("/message")).text.contains("taken"))
            let rendered = try await worker.send(.get("/rendered/empty"))
            #expect(rendered.status == 410)
            #expect(rendered.text == "")
            let none = try await worker.send(.get("/none"))
            #expect(none.status == 204)
            #expect(none.text == "")
            let bare = try await worker.send(.get("/bare"))
            #expect(bare.head["WWW-Authenticate"] == ["Basic"])
            #expect(bare.head["Cache-Control"] == ["max-age=60"])
            #expect(bare.head["Vary"] == ["Accept"])
            // The page has its own policy, since its style is inline.
            let policy = try await worker.send(.get("/policy")).head["Content-Security-Policy"]
            #expect(policy.count == 1)
            #expect(policy.first?.contains("unsafe-inline") == true)
        }
        try await self.withRouter(["HTTP_ERROR_BODIES": "false", "APP_DEBUG": "1"]) { worker async throws in
            for path in ["/nope", "/bare"] { #expect(try await worker.send(.get(path)).text == "") }
        }
    }

    @Test func headHasTheHeadersOfGet() async throws {
        try await self.withRouter { worker async throws in
            let get = try await worker.send(.get("/nope"))
            let head = try await worker.send(TestRequest("HEAD", "/nope"))
            #expect(head.status == 404)
            #expect(head.body.readableBytes == 0)
            #expect(head.head["Content-Length"] == get.head["Content-Length"])
            #expect(head.head["Content-Type"] == get.head["Content-Type"])
        }
    }

    @Test func debugListsTheRoutes() async throws {
        try await self.withRouter(["APP_DEBUG": "1"]) { worker async throws in
            let html = try await worker.send(.get("/item/7", headers: [("Accept", "text/html")]))
            #expect(html.status == 404)
            for part in ["No route matches GET /item/7", "/items/{id}", "DELETE GET<", "/files/**", "&lt;script&gt;"] {
                #expect(html.text.contains(part), "\(part)")
            }
            #expect(!html.text.contains("<script>"))
            let nearest = try #require(html.text.range(of: "/items/{id}"))
            #expect(nearest.lowerBound < (try #require(html.text.range(of: "/own"))).lowerBound)
            #expect(html.text.contains("<a href=\"/ok\">/ok</a>"))
            #expect(!html.text.contains("href=\"/items/{id}\""))

            struct Body: Decodable {
                struct Route: Decodable { let path: String; let methods: [String] }
                struct Inner: Decodable { let status: Int; let text: String; let routes: [Route] }
                let error: Inner
            }
            let json = try await worker.send(.get("/item/7?token=hunter2", headers: [("Accept", "application/json")]))
            let error = try JSONDecoder().decode(Body.self, from: Data(json.body.readableBytesView)).error
            #expect(error.routes.first?.path == "/items/{id}")
            #expect(error.routes.first?.methods == ["DELETE", "GET"])
            #expect(!json.text.contains("hunter2"))

            // The path exists, but not with this method.
            let method = try await worker.send(.post("/items/7", headers: [("Accept", "text/plain")], body: ""))
            #expect(method.status == 404)
            #expect(method.text.contains("that path has DELETE, GET"))
            let deep = try await worker.send(.post("/files/a/b", headers: [("Accept", "text/plain")], body: ""))
            #expect(deep.text.contains("that path has GET"))
        }
    }

    @Test func debugExplainsOtherEmptyErrors() async throws {
        try await self.withRouter(["APP_DEBUG": "1"]) { worker async throws in
            let text = [("Accept", "text/plain"), ("Origin", "https://a.test")]
            #expect(try await worker.send(.get("/cors/throw", headers: text)).text.contains("CORSMiddleware"))
            #expect(try await worker.send(.get("/bare", headers: text)).text.contains("an error without a message"))
            let large = String(repeating: "x", count: 3 << 20)
            let tooLarge = try await worker.send(
                .post("/items", headers: text + [("Content-Type", "application/json")], body: "{\"name\":\"\(large)\"}"))
            #expect(tooLarge.text.contains("maxUploadSize"))
        }
        // A responder without a router has no routes to list.
        try await withHandler(environment: ["APP_DEBUG": "1"]) { request, _ in
            Response(status: request.uri.path == "/ok" ? .ok : .notFound, body: request.uri.path == "/ok" ? .text("ok") : .init())
        } _: { worker async throws in
            #expect(try await worker.send(.get("/nope", headers: [("Accept", "text/plain")])).text.contains("has the status 404"))
        }
    }

    /// Middleware that waits for the end of the body is notified of it.
    @Test func theEmptyBodyEnds() async throws {
        let (ends, continuation) = AsyncStream<Int>.makeStream()
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
            return Response(
                status: .notFound,
                body: ResponseBody(contentLength: 0) { writer in
                    try await writer.finish(nil)
                    continuation.yield(1)
                })
        } _: { worker async throws in
            #expect(try await worker.send(.get("/nope")).text == "404 Not Found\n")
            var iterator = ends.makeAsyncIterator()
            #expect(await iterator.next() == 1)
        }
    }

    @Test(arguments: [
        ("/itemz/7", "/items/{id}"), ("/items", "/items/{id}"), ("/fil/x", "/files/**"), ("/", "/ok"),
        (String(repeating: "/a", count: 1000), "/files/**"), ("/\u{301}k", "/ok"),
    ])
    func theNearestComesFirst(_ path: String, _ pattern: String) {
        let routes = ["/items/{id}", "/files/**", "/ok", "/another/long/path"].map {
            KernelDescription.Route(kind: "GET", pattern: $0)
        }
        #expect(NearRoute.sorted(routes, for: path).first?.pattern == pattern)
    }
}
