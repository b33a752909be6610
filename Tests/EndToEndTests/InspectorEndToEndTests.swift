import Foundation
import TestSupport
import Testing

/// Tests the inspector behind a real RoadRunner, when `RR_BINARY` names one.
@Suite(.enabled(if: RoadRunnerServer.binary != nil, "RR_BINARY names no RoadRunner"), .serialized, .timeLimit(.minutes(3)))
struct InspectorEndToEndTests {
    private struct Contents: Decodable {
        struct Worker: Decodable { let pid: Int; let count: Int }
        struct Record: Decodable { let name: String; let severity: String; let id: String }
        struct Row: Decodable { let pid: Int; let record: Record }
        let notice: String?
        let workers: [Worker]
        let records: [Row]
    }

    private func contents(_ client: RawHTTPClient, _ query: String = "") async throws -> Contents {
        let response = try await client.send("GET", "/_roadrunner\(query)", headers: ["Accept: application/json"])
        #expect(response.status == 200)
        return try JSONDecoder().decode(Contents.self, from: Data(response.body.utf8))
    }

    @Test func allWorkersOfAPoolAreSeen() async throws {
        let server = try RoadRunnerServer(pool: ["num_workers: 3"], environment: ["APP_DEBUG": "true"])
        try await server.waitUntilReady()
        let client = try RawHTTPClient(port: server.port)
        for _ in 0..<12 { #expect(try await client.send("GET", "/hello").status == 200) }
        #expect(try await client.send("GET", "/throw?token=hunter2").status == 500)
        var seen = try await self.contents(client)
        while seen.workers.count < 3 || seen.records.count < 13 {
            try await Task.sleep(for: .milliseconds(50))
            seen = try await self.contents(client)
        }
        #expect(seen.notice == nil)
        #expect(seen.records.first?.record.name == "GET /throw")
        #expect(seen.records.first?.record.severity == "failed")
        // Every worker has the details of all.
        for row in seen.records {
            let details = try await client.send("GET", "/_roadrunner?record=\(row.record.id)")
            #expect(details.status == 200)
            #expect(details.body.contains("response made"))
            #expect(!details.body.contains("hunter2"))
        }
        let worker = try #require(seen.workers.first)
        #expect(try await self.contents(client, "?worker=\(worker.pid)").records.allSatisfy { $0.pid == worker.pid })
    }

    /// Each process handles only one request.
    @Test func aDebugPoolIsSeenToo() async throws {
        let server = try RoadRunnerServer(pool: ["debug: true"], environment: ["APP_DEBUG": "true"])
        try await server.waitUntilReady()
        let client = try RawHTTPClient(port: server.port)
        for _ in 0..<3 { #expect(try await client.send("GET", "/hello").status == 200) }
        let seen = try await self.contents(client)
        #expect(seen.records.count { $0.record.name == "GET /hello" } >= 3)
        #expect(seen.workers.count >= 3)
    }

    @Test(arguments: ["true", "false"]) func errorsHaveBodies(_ debug: String) async throws {
        let server = try RoadRunnerServer(environment: ["APP_DEBUG": debug])
        try await server.waitUntilReady()
        let client = try RawHTTPClient(port: server.port)
        let unknown = try await client.send("GET", "/helo", headers: ["Accept: application/json"])
        #expect(unknown.status == 404)
        #expect(unknown.body.contains("\"status\":404"))
        #expect(unknown.body.contains("/hello") == (debug == "true"))
        let large = try await client.send(
            "POST", "/login", headers: ["Accept: text/html", "Content-Type: application/json"],
            body: "{\"user\":\"\(String(repeating: "x", count: 3 << 20))\"}")
        #expect(large.status == 413)
        #expect(large.body.contains("413 Content Too Large"))
        let head = try await client.send("HEAD", "/helo")
        #expect(head.status == 404)
        #expect(head.body.isEmpty)
    }
}
