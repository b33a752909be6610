import Foundation
import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@testable import RoadRunnerWeb

/// The inspector's JSON.
struct InspectorJSON: Decodable {
    struct Worker: Decodable { let pid: Int; let count: Int }
    struct Row: Decodable { let pid: Int; let record: InspectorRecord }
    let notice: String?
    let workers: [Worker]
    let total: Int
    let records: [Row]

    static func read(_ worker: TestWorker, _ query: String = "") async throws -> InspectorJSON {
        let response = try await worker.send(.get("/_roadrunner\(query)", headers: [("Accept", "application/json")]))
        #expect(response.status == 200)
        #expect(response.head["Content-Type"] == ["application/json; charset=utf-8"])
        return try JSONDecoder().decode(InspectorJSON.self, from: Data(response.body.readableBytesView))
    }
}

@Suite(.timeLimit(.minutes(1))) struct InspectorTests {
    private func withWorker<Result>(
        _ environment: [String: String] = ["APP_DEBUG": "1"], _ body: (TestWorker) async throws -> Result
    ) async throws -> Result {
        try await withHandler(environment: environment) { request, context in
            switch request.uri.path {
            case "/ok": return Response(status: .ok, body: .text("ok"))
            case "/slow":
                try await Task.sleep(for: .milliseconds(60))
                return Response(status: .ok, body: .text("slow"))
            case "/refused": throw HTTPError(.notFound)
            case "/cut":
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        try await writer.write(ByteBuffer(string: "x"))
                        throw Broken()
                    })
            case "/large":
                for index in 0..<60 { context.logger.info("\(String(repeating: "\u{1F600}", count: 7000)) \(index)") }
                debugDump(String(repeating: "d", count: 9000))
                return Response(status: .ok)
            case "/_roadrunner": return Response(status: .ok, body: .text("ours"))
            default:
                context.logger.info("a <line>", metadata: ["token": "hunter2", "user": "<7>"])
                debugDump("<dumped>", name: nil)
                throw Broken()
            }
        } _: { worker async throws in
            try await body(worker)
        }
    }

    @Test func showsTheLatestInDebugOnly() async throws {
        try await self.withWorker { worker async throws in
            let empty = try await worker.send(.get("/_roadrunner"))
            #expect(empty.text.contains("There are none yet"))
            #expect(empty.head["Content-Type"] == ["text/html; charset=utf-8"])
            #expect(empty.head["Cache-Control"] == ["no-store"])
            _ = try await worker.send(.get("/bad"))
            for _ in 0..<150 { try await expectStillInStep(worker) }
            let records = try await InspectorJSON.read(worker).records
            #expect(records.count == 100)
            #expect(records.map(\.record.number) == Array((52...151).reversed()))
            #expect(!records.contains { $0.record.name == "GET /bad" })
            // Requests to the inspector itself are not recorded.
            #expect(!records.contains { $0.record.name.contains("_roadrunner") })
        }
        for environment in [[:], ["APP_DEBUG": "0"], ["APP_DEBUG": "1", "INSPECTOR_PATH": "off"]] {
            try await self.withWorker(environment) { worker async throws in
                for query in ["", "?part=records", "?record=1"] {
                    #expect(try await worker.send(.get("/_roadrunner\(query)")).text == "ours")
                }
            }
        }
    }

    /// With words as well as colours.
    @Test func errorsAreMarked() async throws {
        try await self.withWorker { worker async throws in
            for path in ["/ok", "/refused", "/bad", "/cut"] { _ = try await worker.send(.get(path)) }
            let severities = try await InspectorJSON.read(worker).records.map { "\($0.record.name) \($0.record.severity)" }
            #expect(severities == ["GET /cut failed", "GET /bad failed", "GET /refused refused", "GET /ok fine"])
            let page = try await worker.send(.get("/_roadrunner")).text
            let rows = page.components(separatedBy: "<tr id=").dropFirst()
            #expect(rows.count == 4)
            for (row, parts) in zip(
                rows,
                [
                    ["class=\"failed\"", "200", "✕ failed", "cut short", "Broken"],
                    ["class=\"failed\"", "500", "✕ failed", "&lt;broken&gt; &amp; secret"],
                    ["class=\"refused\"", "404", "△ refused"], ["class=\"fine\"", "200"],
                ])
            {
                for part in parts { #expect(row.contains(part), "\(part) in \(row)") }
            }
            #expect(rows.last?.contains("failed") == false)
            #expect(rows.last?.contains("refused") == false)
        }
    }

    /// A router turns these errors into responses before other middleware sees them.
    @Test func errorsHandledByTheRouterAreShown() async throws {
        let long = String(repeating: "x", count: 9000)
        let render: ErrorResponseRenderer = { failed in
            failed.status == .conflict ? nil : Response(status: failed.status, body: .text("sorry"))
        }
        let router = Router(context: BasicRoadRunnerRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.get("ok") { _, _ in "ok" }
        router.get("taken") { _, _ -> String in throw HTTPError(.conflict, message: "<taken>") }
        router.get("long") { _, _ -> String in throw HTTPError(.conflict, message: long) }
        router.get("bare") { _, _ -> String in throw HTTPError(.gone) }
        router.get("own") { _, _ in
            Response(status: .conflict, headers: [.contentType: "application/json"], body: .text(#"{"error":"own"}"#))
        }
        router.get("fine") { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: .text(#"{"error":{"message":"fine"}}"#))
        }
        let pages = router.group("pages").add(middleware: ErrorPages(render))
        pages.get("gone") { _, _ -> String in throw HTTPError(.gone, message: "long ago") }
        pages.get("taken") { _, _ -> String in throw HTTPError(.conflict, message: "taken") }
        try await TestWorker.with(HTTP(router), environment: ["APP_DEBUG": "1"]) { worker async throws in
            let response = try await worker.send(.get("/taken"))
            #expect(response.text == #"{"error":{"message":"<taken>"}}"#)
            #expect(response.head["Content-Length"] == ["\(response.body.readableBytes)"])
            #expect(try await worker.send(TestRequest("HEAD", "/taken")).body.readableBytes == 0)
            for path in ["/long", "/bare", "/own", "/fine", "/pages/gone", "/pages/taken", "/nope"] {
                _ = try await worker.send(.get(path, headers: [("Accept", "application/json")]))
            }
            let errors = try await InspectorJSON.read(worker).records.map { "\($0.record.name) \($0.record.error ?? "-")" }
            #expect(
                errors.reversed() == [
                    "GET /taken <taken>", "HEAD /taken <taken>", "GET /long -", "GET /bare -", "GET /own -", "GET /fine -",
                    "GET /pages/gone HTTPError: Gone, long ago", "GET /pages/taken taken", "GET /nope -",
                ])
            let page = try await worker.send(.get("/_roadrunner?q=%3Ctaken")).text
            #expect(page.contains("&lt;taken&gt;"))
            try await expectStillInStep(worker)
        }
        // A responder that is not a router.
        let responder = CallbackResponder<BasicRoadRunnerRequestContext> { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
            throw HTTPError(request.uri.path == "/gone" ? .gone : .conflict, message: "said")
        }
        try await TestWorker.with(HTTP(responder).errorPages(render), environment: ["APP_DEBUG": "1"]) { worker async throws in
            for path in ["/gone", "/taken"] { _ = try await worker.send(.get(path)) }
            #expect(
                try await InspectorJSON.read(worker).records.map(\.record.error) == ["said", "HTTPError: Gone, said"])
            try await expectStillInStep(worker)
        }
    }

    @Test func recordsHaveDetailsWithoutSecrets() async throws {
        try await self.withWorker { worker async throws in
            _ = try await worker.send(
                .get(
                    "/bad<img>?token=hunter2&a=%3Cscript%3E",
                    headers: [("Cookie", "hunter2"), ("X-Odd", "<b>"), ("Referer", "https://a/?code=hunter2")]))
            let list = try await worker.send(.get("/_roadrunner")).text
            let id = try #require(try await InspectorJSON.read(worker).records.first?.record.id)
            #expect(list.contains("href=\"?record=\(id)\""))
            let page = try await worker.send(.get("/_roadrunner?record=\(id)"))
            for part in [
                "a &lt;line&gt;", "user=&lt;7&gt;", "InspectorTests.swift:", "&lt;dumped&gt;", "response made", "Broken", "X-Odd",
                "&lt;b&gt;", "token=••••", "500",
            ] {
                #expect(page.text.contains(part), "\(part)")
            }
            let json = try await worker.send(.get("/_roadrunner?record=\(id)", headers: [("Accept", "application/json")])).text
            for text in [list, page.text, json] {
                #expect(!text.contains("hunter2"))
                #expect(text == json || !(text.contains("<img") || text.contains("<b>")))
            }
            for unknown in ["nope", "<script>", ""] {
                let missing = try await worker.send(.get("/_roadrunner?record=\(unknown)"))
                #expect(missing.status == 404)
                #expect(!missing.text.contains("<script>"))
            }
        }
    }

    @Test func filters() async throws {
        try await self.withWorker { worker async throws in
            for path in ["/ok", "/refused", "/bad", "/slow"] { _ = try await worker.send(.get(path)) }
            let pid = ProcessInfo.processInfo.processIdentifier
            for (query, expected) in [
                ("", ["/slow", "/bad", "/refused", "/ok"]), ("q=/BAD", ["/bad"]), ("q=broken", ["/bad"]), ("q=nothing", []),
                ("status=failed", ["/bad"]), ("status=refused", ["/bad", "/refused"]), ("status=2xx", ["/slow", "/ok"]),
                ("status=4xx", ["/refused"]), ("status=5xx", ["/bad"]), ("status=3xx", []), ("slow=50", ["/slow"]),
                ("slow=99999999999999999999", ["/slow", "/bad", "/refused", "/ok"]), ("worker=\(pid)&q=/ok", ["/ok"]),
                ("worker=1", []), ("status=nonsense&slow=x&worker=-1", ["/slow", "/bad", "/refused", "/ok"]),
                ("q=\u{301}", []),
            ] {
                let names = try await InspectorJSON.read(worker, "?\(query)").records.map(\.record.name)
                #expect(names == expected.map { "GET \($0)" }, "\(query)")
                // The same without scripts.
                let page = try await worker.send(.get("/_roadrunner?\(query)")).text
                #expect(page.components(separatedBy: "<tr id=").count - 1 == expected.count, "\(query)")
            }
            let page = try await worker.send(.get("/_roadrunner?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&status=4xx")).text
            #expect(page.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""))
            #expect(!page.contains("<script>alert"))
            #expect(page.contains("<option value=\"4xx\" selected>"))
        }
    }

    /// An unchanged part is not sent again.
    @Test func thePartThatChangesHasATag() async throws {
        try await self.withWorker { worker async throws in
            _ = try await worker.send(.get("/ok"))
            for accept in ["text/html", "application/json"] {
                let url = "/_roadrunner?part=records"
                let first = try await worker.send(.get(url, headers: [("Accept", accept)]))
                let tag = try #require(first.head["ETag"].first)
                let again = try await worker.send(.get(url, headers: [("Accept", accept), ("If-None-Match", tag)]))
                #expect(again.status == 304)
                #expect(again.body.readableBytes == 0)
                _ = try await worker.send(.get("/ok"))
                let changed = try await worker.send(.get(url, headers: [("Accept", accept), ("If-None-Match", tag)]))
                #expect(changed.status == 200)
                #expect(changed.head["ETag"] != [tag])
                #expect(!changed.text.contains("<html"))
            }
        }
    }

    /// The policy allows only this script and this style.
    @Test func thePolicyNamesScriptAndStyleByTheirHash() async throws {
        try await self.withWorker { worker async throws in
            let page = try await worker.send(.get("/_roadrunner"))
            let policy = try #require(page.head["Content-Security-Policy"].first)
            #expect(!policy.contains("unsafe"))
            for tag in ["script", "style"] {
                let start = try #require(page.text.range(of: "<\(tag)>")).upperBound
                let end = try #require(page.text.range(of: "</\(tag)>")).lowerBound
                let hash = Data(SHA256.digest(page.text[start..<end].utf8)).base64EncodedString()
                #expect(policy.contains("\(tag)-src 'sha256-\(hash)'"))
            }
            // Nothing external, and nothing inline that the policy forbids.
            for part in ["http:", "https:", "//", " style=", " onclick=", "@import", "url("] {
                let found = page.text.replacingOccurrences(of: "// The reader", with: "").contains(part)
                #expect(!found, "\(part)")
            }
            _ = try await worker.send(.get("/bad"))
            let id = try #require(try await InspectorJSON.read(worker).records.first?.record.id)
            let details = try await worker.send(.get("/_roadrunner?record=\(id)"))
            #expect(details.head["Content-Security-Policy"].first?.contains("script-src") == false)
            #expect(!details.text.contains("<script"))
        }
    }

    @Test func recordsAreBounded() async throws {
        try await self.withWorker { worker async throws in
            _ = try await worker.send(.get("/large" + String(repeating: "x", count: 10_000)))
            _ = try await worker.send(.get("/large"))
            let rows = try await InspectorJSON.read(worker).records
            #expect(rows.allSatisfy { $0.record.name.utf8.count <= 800 })
            let id = try #require(rows.first?.record.id)
            let page = try await worker.send(.get("/_roadrunner?record=\(id)"))
            #expect(page.body.readableBytes < 1_000_000)
            #expect(page.text.contains("There was more"))
        }
    }

    @Test func detailsStayWithinTheirLimit() {
        let trace = RequestTrace()
        for _ in 0..<50 {
            trace.log(.info, String(repeating: "\u{1F600}", count: 8000), "token=hunter2 \u{301}password=hunter2 a=1")
            trace.dump(String(repeating: "d", count: 8000), at: "File.swift:1")
        }
        trace.setTag("api_key", "hunter2")
        let inspector = Inspector()
        let request = RequestIdentity(mode: .http, name: String(repeating: "n", count: 100_000)) { "id" }
        inspector.record(trace, request, Outcome(status: 200))
        for entry in inspector.all {
            for size in [0, 100, 5000, 32 * 1024] {
                let details = InspectorDetails(entry, maximumSize: size, maximumText: 2000)
                let written = (try? JSONEncoder().encode(details).count) ?? .max
                // Allows for the JSON around the texts, and for the record.
                #expect(written < size * 2 + 2000, "\(size)")
                #expect(details.isCut)
                #expect(details.size <= size)
                #expect(!"\(details)".contains("hunter2"))
            }
        }
    }

    /// All input of clients is escaped.
    @Test(arguments: [
        "<script>alert(1)</script>", "\"><img src=x>", "'\"&<>", "\u{202E}abc", "a\u{301}\u{0}\u{7F}", "</style>",
        "javascript:alert(1)",
    ])
    func everythingIsEscaped(_ evil: String) {
        let trace = RequestTrace()
        trace.log(.info, evil, evil)
        trace.dump(evil, at: evil)
        trace.mark(evil)
        trace.error(evil)
        trace.setTag(evil, evil)
        trace.call(evil, took: .zero, error: Evil(description: evil))
        let inspector = Inspector()
        var outcome = Outcome()
        outcome.summary = evil
        inspector.record(
            trace, RequestIdentity(mode: WorkerMode(rawValue: evil), name: evil) { evil }, route: evil, outcome,
            details: RequestDetails(method: evil, path: evil, query: evil, headers: [(evil, evil)]))
        var contents = InspectorContents(filter: InspectorFilter())
        contents.notice = evil
        contents.add([InspectedProcess(id: evil, pid: 1, changed: 0, records: inspector.all.map { InspectorRecord($0) })], at: 9)
        var pages = [InspectorHTML.page(contents), InspectorHTML.records(contents), InspectorHTML.missing(evil)]
        pages += inspector.all.map { InspectorHTML.page(InspectorDetails($0, maximumSize: 100_000, maximumText: 1000)) }
        let harmless = InspectorHTML.missing("x").count(of: "<script>") + InspectorHTML.page(contents).count(of: "<script>\n")
        #expect(harmless == 1)
        for page in pages {
            #expect(page.count(of: "<script>") == page.count(of: "<script>\n"))
            #expect(!page.contains("<img"))
            #expect(page.count(of: "</style>") <= 1)
        }
    }

    private struct Evil: Error, CustomStringConvertible { let description: String }
}

extension String {
    fileprivate func count(of part: String) -> Int { self.components(separatedBy: part).count - 1 }
}
