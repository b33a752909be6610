import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Testing
import TestSupport

@testable import HTTPWorker
@testable import RoadRunnerWeb

private struct Outer: Error {
    let reason = "outer <reason>"
    let underlying: any Error
    let more: [any Error]
}

private enum Chain: Error {
    case end(Broken)
    case link(any Error, note: String)
}

@Suite(.timeLimit(.minutes(1))) struct ErrorPageTests {
    private func withThrowing<Result>(debug: Bool, _ body: (TestWorker) async throws -> Result) async throws -> Result {
        try await withHandler(environment: debug ? ["APP_DEBUG": "1"] : [:]) { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
            if request.uri.path == "/dump" { debugDump(["<key>": "dumped & value"], name: "thing") }
            throw Outer(underlying: Chain.link(Chain.end(Broken()), note: "n"), more: [Broken()])
        } _: { worker async throws in
            try await body(worker)
        }
    }

    @Test(arguments: [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json", "application/json; charset=utf-8"),
        ("*/*", "text/plain; charset=utf-8"), ("", "text/plain; charset=utf-8"), ("text/plain", "text/plain; charset=utf-8"),
        ("text/html;q=0.1, application/json;q=0.9", "application/json; charset=utf-8"),
        ("image/png", "text/plain; charset=utf-8"),
        ("application/problem+json", "application/json; charset=utf-8"), ("text/html;q=0", "text/plain; charset=utf-8"),
        (";;;,,q=x", "text/plain; charset=utf-8"),
        // An element that is none does not take in the next, and a comma within quotes begins none.
        ("text/x,\u{301}, application/json", "application/json; charset=utf-8"),
        ("text/x;a=\", application/json,\", text/html", "text/html; charset=utf-8"),
    ])
    func productionIsGenericAndNegotiated(_ accept: String, _ type: String) async throws {
        try await self.withThrowing(debug: false) { worker async throws in
            let response = try await worker.send(.get("/secret-path?token=x", headers: [("Accept", accept)]))
            #expect(response.status == 500)
            #expect(response.head["Content-Type"] == [type])
            #expect(response.head["X-Content-Type-Options"] == ["nosniff"])
            #expect(response.head["Cache-Control"] == ["no-store"])
            for secret in ["outer", "broken", "Outer", "token", "secret-path", "dump"] {
                #expect(!response.text.contains(secret))
            }
            if type.contains("json") {
                struct Body: Decodable { struct Inner: Decodable { let status: Int; let message: String }; let error: Inner }
                #expect(try JSONDecoder().decode(Body.self, from: Data(response.body.readableBytesView)).error.status == 500)
            }
        }
    }

    @Test func debugPagesShowWhatIsKnown() async throws {
        try await self.withThrowing(debug: true) { worker async throws in
            let response = try await worker.send(
                .get(
                    "/dump?a=1&pass%77ord=hunter2&x=%3Cscript%3E",
                    headers: [
                        ("Accept", "text/html"), ("Authorization", "Bearer hunter2"), ("Cookie", "session=hunter2"),
                        ("X-Api-Key", "hunter2"),
                        ("X-Odd", "<img src=x onerror=alert(1)>"),
                    ]))
            let page = response.text
            #expect(response.head["Content-Security-Policy"].count == 1)
            for part in [
                "Outer", "outer &lt;reason&gt;", "Chain", "&lt;broken&gt; &amp; secret", "ErrorPageTests.swift:",
                "dumped &amp; value", "X-Odd", "a=1",
            ] {
                #expect(page.contains(part), "\(part)")
            }
            // Both ways lead to the same error at the end.
            #expect(page.components(separatedBy: "It was caused by:").count == 5)
            #expect(!page.contains("hunter2"))
            #expect(!page.contains("<img"))
            #expect(!page.contains("<key>"))
        }
    }

    /// An ampersand that belongs to a longer character begins a parameter all the same.
    @Test func secretsInQueriesAreFoundByBytes() {
        #expect(!Redaction.redacted(query: "a=1\u{600}&token=hunter2").contains("hunter2"))
        #expect(!Redaction.redacted(query: "a=1&token=\u{301}hunter2").contains("hunter2"))
    }

    /// One character, as Swift counts.
    @Test func longCharactersAreCutToo() throws {
        let long = "a" + String(repeating: "\u{301}", count: 100_000)
        #expect(long.count == 1)
        #expect(Redaction.redacted(query: long).utf8.count <= 8000)
        #expect(Redaction.redacted(HTTPField(name: .userAgent, value: long)).utf8.count <= 2000)
    }

    @Test func debugPagesAreJSONForThoseWhoLikeIt() async throws {
        try await self.withThrowing(debug: true) { worker async throws in
            let response = try await worker.send(
                .get("/dump?password=hunter2", headers: [("Accept", "application/json"), ("Cookie", "hunter2")]))
            let object = try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any]
            let error = try #require(object?["error"] as? [String: Any])
            #expect((error["type"] as? String)?.hasSuffix("Outer") == true)
            #expect((error["underlying"] as? [Any])?.count == 2)
            #expect((error["dumps"] as? [[String: String]])?.first?["place"]?.contains("ErrorPageTests.swift:") == true)
            #expect(!response.text.contains("hunter2"))
            let plain = try await worker.send(.get("/dump", headers: [("Accept", "text/plain")]))
            #expect(plain.text.contains("caused by"))
            #expect(plain.text.contains("The last dump was at"))
        }
    }

    @Test func dumpsOfOneRequestAreNotShownToTheNext() async throws {
        try await self.withThrowing(debug: true) { worker async throws in
            #expect(try await worker.send(.get("/dump")).text.contains("dumped"))
            #expect(!(try await worker.send(.get("/"))).text.contains("dumped"))
        }
    }

    @Test func dumpGivesItsValueBack() {
        #expect(debugDump(7) == 7)
        #expect(debugDump("x", name: nil) == "x")
    }

    @Test func errorsThatContainEachOtherEnd() {
        final class Loop: Error, @unchecked Sendable { var next: (any Error)? }
        let loop = Loop()
        loop.next = loop
        var description: ErrorDescription? = ErrorDescription(loop)
        var depth = 0
        while let current = description {
            depth += 1
            description = current.underlying.first
        }
        #expect(depth < 20)
        loop.next = nil
    }

    @Test func applicationsMayRenderErrors() async throws {
        let render: ErrorResponseRenderer = { failed in
            if failed.status == .conflict { throw Broken() }
            if failed.status == .gone { return nil }
            return Response(
                status: failed.status, body: text("\(failed.request.uri.path) \(failed.isDebug) \(type(of: failed.error))"))
        }
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(middleware: ErrorPages(render))
        router.get("ok") { _, _ in "ok" }
        router.get("throw") { _, _ -> String in throw Broken() }
        router.get("fail") { _, _ -> String in throw HTTPError(.conflict) }
        router.get("other") { _, _ -> String in throw HTTPError(.gone, message: "gone") }
        router.get("body") { _, _ in Response(status: .ok, body: ResponseBody { _ in throw Broken() }) }
        try await TestWorker.with(HTTP(router).errorPages(render)) { worker async throws in
            let unknown = try await worker.send(.get("/nope"))
            #expect(unknown.status == 404)
            #expect(unknown.text == "/nope false HTTPError")
            let thrown = try await worker.send(.get("/throw"))
            #expect(thrown.status == 500)
            #expect(thrown.text == "/throw false Broken")
            // A renderer that fails, or does not want to, leaves the response what it was.
            #expect(try await worker.send(.get("/fail")).status == 409)
            #expect(try await worker.send(.get("/other")).text.contains("gone"))
            #expect(try await worker.send(.get("/body")).text == "/body false Broken")
            try await expectStillInStep(worker)
        }
        // Responders that are no routers leave their errors to the runtime.
        let responder = CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in throw HTTPError(.notFound) }
        try await TestWorker.with(HTTP(responder).errorPages(render)) { worker async throws in
            #expect(try await worker.send(.get("/nope")).text == "/nope false HTTPError")
        }
    }
}

/// Errors that other middleware has wrapped, to add headers.
@Suite(.timeLimit(.minutes(1))) struct WrappedErrorTests {
    private static let render: ErrorResponseRenderer = { failed in
        Response(status: failed.status, headers: [.vary: "Accept"], body: text("\(failed.status.code) \(type(of: failed.error))"))
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
            // The application's own error reaches the runtime wherever a middleware of the package is outside of Hummingbird's.
            guard order.first != 2 else { return }
            let response = try await worker.send(.get("/throw", headers: self.origin))
            #expect(response.text == "500 Broken")
            #expect(response.head["Access-Control-Allow-Origin"] == ["https://a.test"])
        }
    }

    /// A responder that is no router leaves all of it to the runtime.
    @Test func theRuntimeUnwrapsTheRest() async throws {
        let cors = CORSMiddleware<BasicRoadRunnerRequestContext>()
        let responder = CallbackResponder<BasicRoadRunnerRequestContext> { request, context in
            if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
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

@Suite struct RedactionTests {
    @Test(arguments: [
        "token=hunter2", "auth=hunter2", "pass=hunter2", "jwt=hunter2", "sid=hunter2", "sig=hunter2", "otp=hunter2",
        "code=hunter2",
        "access_key=hunter2", "private-key=hunter2", "accessKey=hunter2", "userPass=hunter2", "X-Amz-Signature=hunter2",
        "key=hunter2",
        "a=1&refresh%5Ftoken=hunter2", "user%5Bpass%5D=hunter2", "to+ken=hunter2", "to\u{212A}en=hunter2", "a=1;token=hunter2",
        "next=https%3A%2F%2Fa%2Freset%3Ftoken%3Dhunter2", "next=%2Fa%3Fnext%3D%252Fb%253Ftoken%253Dhunter2",
        "PHPSESSID=hunter2", "mfa=hunter2", "next=/reset?token=hunter2", "a=1#access_token=hunter2", "SAMLResponse=hunter2",
    ])
    func secretsOfQueriesAreMasked(_ query: String) {
        #expect(!Redaction.redacted(query: query).contains("hunter2"))
        #expect(Redaction.redacted(query: query).contains("••••"))
    }

    @Test(arguments: [
        "a=1", "author=ann", "passenger=1", "zip_code=123", "keyboard=x", "signal=1", "q=token", "", "a", "a=&b",
        "next=%2Fa%3Fb%3D1",
        "pinned=1", "monkey=1", "sort_key=name", "a%=1",
    ])
    func everythingElseIsShown(_ query: String) { #expect(Redaction.redacted(query: query) == query) }

    @Test(arguments: [
        ("Referer", "https://app.test/reset?token=hunter2"), ("X-Original-URL", "/a?jwt=hunter2&b=1"),
        ("X-Forwarded-Uri", "/?sid=hunter2"),
        ("X-Rewrite-URL", "/a?code=hunter2"), ("Link", "</a?token=hunter2>; rel=preload"),
        ("Referer", "https://u:hunter2@app.test/"),
        ("Location", "https://app.test/#access_token=hunter2"), ("X-Auth", "hunter2"), ("X-Auth-Data", "hunter2"),
        ("Sid", "hunter2"),
        ("Referer", "https://app.test/?q=\"&token=hunter2"), ("X-Any", "see https://u:hunter2@b/ and /c?otp=hunter2"),
        ("Proxy-Authorization", "hunter2"), ("X-XSRF-TOKEN", "hunter2"), ("X-Hub-Signature-256", "hunter2"),
    ])
    func secretsOfHeadersAreMasked(_ name: String, _ value: String) throws {
        let field = HTTPField(name: try #require(HTTPField.Name(name)), value: value)
        #expect(!Redaction.redacted(field).contains("hunter2"))
    }

    @Test(arguments: [
        ("Referer", "https://app.test/a?b=1"), ("User-Agent", "Mozilla/5.0 (X11; Linux) a@b?"), ("Accept", "text/html;q=0.9"),
        ("Origin", "https://app.test"), ("X-Author", "ann"), ("From", "ann@example.org"),
    ])
    func otherHeadersAreShown(_ name: String, _ value: String) throws {
        let field = HTTPField(name: try #require(HTTPField.Name(name)), value: value)
        #expect(Redaction.redacted(field) == value)
    }

    @Test func pathsMayHaveParameters() {
        #expect(!Redaction.redacted(path: "/cart;jsessionid=hunter2/a").contains("hunter2"))
        #expect(Redaction.redacted(path: "/files/a;v=1/b") == "/files/a;v=1/b")
    }
}

@Suite(.timeLimit(.minutes(1))) struct HeaderInjectionTests {
    private static let evil = "x\r\nX-Injected: yes\r\n\r\n<script>"

    @Test func lineBreaksInValuesReachNoFrame() async throws {
        try await withHandler { request, context in
            switch request.uri.path {
            case "/value": return Response(status: .ok, headers: [.server: Self.evil])
            case "/redirect": return .redirect(to: "/" + Self.evil)
            case "/cookie":
                var response = Response(status: .ok)
                // Hummingbird refuses what cannot be in a cookie.
                #expect(throws: (any Error).self) { try Cookie.validated(name: "a", value: Self.evil) }
                response.headers[.setCookie] = "a=\(Self.evil)"
                return response
            case "/name":
                #expect(HTTPField.Name(Self.evil) == nil)
                return Response(status: .ok)
            case "/trailer":
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        try await writer.write(ByteBuffer(string: "x"))
                        try await writer.finish([.server: Self.evil])
                    })
            case "/disposition":
                return Response(status: .ok, headers: [.contentDisposition: ContentDisposition.attachment(Self.evil).headerValue])
            default: return Response(status: .ok, body: text("ok"))
            }
        } _: { worker async throws in
            for path in ["/value", "/redirect", "/cookie", "/name", "/trailer", "/disposition"] {
                let response = try await worker.send(.get(path))
                for header in response.lines + response.trailerLines {
                    #expect(!header.value.contains(0x0D) && !header.value.contains(0x0A), "\(path): \(header)")
                    #expect(header.name.lowercased() != "x-injected")
                }
            }
            try await expectStillInStep(worker)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct SecurityHeadersTests {
    @Test func areAddedWhereTheyAreMissing() async throws {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(middleware: SecurityHeaders(transportSecurity: .seconds(60)))
        router.get("ok") { _, _ in
            Response(status: .ok, headers: [HTTPField.Name("X-Frame-Options") ?? .via: "DENY"], body: text("ok"))
        }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            let response = try await worker.send(.get("/ok"))
            #expect(response.head["X-Content-Type-Options"] == ["nosniff"])
            #expect(response.head["X-Frame-Options"] == ["DENY"])
            #expect(response.head["Strict-Transport-Security"].isEmpty)
            #expect(try await worker.send(.get("https://a/ok")).head["Strict-Transport-Security"] == ["max-age=60"])
            let unknown = try await worker.send(.get("/nope"))
            #expect(unknown.status == 404)
            #expect(unknown.head["X-Content-Type-Options"] == ["nosniff"])
        }
    }
}
