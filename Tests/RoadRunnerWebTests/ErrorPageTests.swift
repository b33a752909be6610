import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

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
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
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
        // A malformed element does not include the next one, and a comma within quotes starts none.
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

    @Test func debugPagesShowTheDetails() async throws {
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
            // Both chains of causes lead to the same error.
            #expect(page.components(separatedBy: "It was caused by:").count == 5)
            #expect(!page.contains("hunter2"))
            #expect(!page.contains("<img"))
            #expect(!page.contains("<key>"))
        }
    }

    /// An ampersand that is part of a longer character still starts a parameter.
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

    @Test func debugPagesAreJSONOnRequest() async throws {
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

    @Test func dumpReturnsItsValue() {
        #expect(debugDump(7) == 7)
        #expect(debugDump("x", name: nil) == "x")
    }

    @Test func errorsThatContainEachOtherTerminate() {
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
                status: failed.status, body: .text("\(failed.request.uri.path) \(failed.isDebug) \(type(of: failed.error))"))
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
            // A renderer that fails or returns nil leaves the response unchanged.
            #expect(try await worker.send(.get("/fail")).status == 409)
            #expect(try await worker.send(.get("/other")).text.contains("gone"))
            #expect(try await worker.send(.get("/body")).text == "/body false Broken")
            try await expectStillInStep(worker)
        }
        // Responders that are not routers leave their errors to the runtime.
        let responder = CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in throw HTTPError(.notFound) }
        try await TestWorker.with(HTTP(responder).errorPages(render)) { worker async throws in
            #expect(try await worker.send(.get("/nope")).text == "/nope false HTTPError")
        }
    }
}
