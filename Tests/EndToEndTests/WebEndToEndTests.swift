import Foundation
import TestSupport
import Testing

/// Tests the demo's web routes behind a real RoadRunner, when `RR_BINARY` names one.
@Suite(.enabled(if: RoadRunnerServer.binary != nil, "RR_BINARY names no RoadRunner"), .serialized, .timeLimit(.minutes(3)))
struct WebEndToEndTests {
    static let files = Checkout.root.appending(path: "Examples/Demo/Public").path()

    private static func server(
        http: [String] = [], environment: [String: String] = [:], pool: [String] = ["num_workers: 2"]
    ) async throws -> RoadRunnerServer {
        let server = try RoadRunnerServer(
            pool: pool, http: http,
            environment: ["DEMO_FILES": Self.files, "TRUSTED_PROXIES": "loopback"].merging(environment) { $1 })
        try await server.waitUntilReady()
        return server
    }

    @Test(arguments: [false, true]) func uploadsAreReadInBothModes(_ isRaw: Bool) async throws {
        let server = try await Self.server(http: ["raw_body: \(isRaw)"])
        let client = try RawHTTPClient(port: server.port)
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../a.txt\"\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b\r\n"
            + "Content-Disposition: form-data; name=\"user[tags][]\"\r\n\r\nx\r\n--b--\r\n"
        let upload = try await client.send(
            "POST", "/upload", headers: ["Content-Type: multipart/form-data; boundary=b"], body: body)
        #expect(upload.status == 200)
        #expect(upload.body.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        #expect(upload.body.contains(#""name":"a.txt""#))
        #expect(upload.body.contains(#"{"user":{"tags":["x"]}}"#))
        let form = try await client.send(
            "POST", "/upload", headers: ["Content-Type: application/x-www-form-urlencoded"], body: "a[b]=1&c=2&c=3")
        #expect(form.body.contains(#""b":"1""#))
        #expect(form.body.contains(#""c":"3""#))
    }

    @Test func filesRangesAndStreams() async throws {
        let server = try await Self.server()
        let client = try RawHTTPClient(port: server.port)
        let whole = try await client.send("GET", "/files/hello.txt")
        #expect(whole.status == 200)
        let tag = try #require(whole.head.firstMatch(of: /(?i)etag: (".*")/)?.1)
        let part = try await client.send("GET", "/files/hello.txt", headers: ["Range: bytes=0-5"])
        #expect(part.status == 206)
        #expect(part.body == "A file")
        #expect(try await client.send("GET", "/files/hello.txt", headers: ["If-None-Match: \(tag)"]).status == 304)
        #expect(
            try await client.send("HEAD", "/files/hello.txt").head.lowercased().contains(
                "content-length: \(whole.body.utf8.count)"))
        #expect(try await client.send("GET", "/files/%2e%2e/Demo.swift").status == 404)
        #expect(try await client.send("GET", "/rows?n=3").body.hasPrefix("[{"))
        #expect(try await client.send("GET", "/rows.ndjson?n=3").body.split(separator: "\n").count == 3)
        #expect(try await client.send("GET", "/download?bytes=3000000").body.utf8.count >= 3_000_000)
    }

    @Test func proxiesSessionsAndWorkAfterwards() async throws {
        let server = try await Self.server()
        let client = try RawHTTPClient(port: server.port)
        let who = try await client.send("GET", "/whoami", headers: ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https"])
        #expect(who.body.contains("203.0.113.7"))
        let login = try await client.send(
            "POST", "/login", headers: ["Content-Type: application/x-www-form-urlencoded"], body: "user=ann")
        let cookie = try #require(login.head.firstMatch(of: /session=[A-Za-z0-9_-]{43}/)?.0)
        for _ in 0..<4 { #expect(try await client.send("GET", "/me", headers: ["Cookie: \(cookie)"]).body.contains("ann")) }
        #expect(try await client.send("GET", "/me").status == 401)
        let start = ContinuousClock.now
        let after = try await client.send("GET", "/after?ms=1000")
        #expect(ContinuousClock.now - start < .milliseconds(900))
        for _ in 0..<100 where try await client.send("GET", "/after/last").body != after.body {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await client.send("GET", "/after/last").body == after.body)
    }

    @Test func hintsAreForcedOnlyByName() async throws {
        let server = try await Self.server()
        #expect(
            try await server.get("/hints").body.hasPrefix("no early hints") || RoadRunnerServer.binary?.contains("next") == true)
        let forced = try await Self.server(environment: ["HTTP_INFORMATIONAL": "always"])
        let client = try RawHTTPClient(port: forced.port)
        try await client.send("GET /hints HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try await client.readHead().hasPrefix("HTTP/1.1 103 "))
        #expect(try await client.readResponse().status == 200)
    }

    @Test func trailersArrive() async throws {
        let server = try await Self.server()
        let client = try RawHTTPClient(port: server.port)
        try await client.send("GET /trailers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(try await client.readHead().lowercased().contains("transfer-encoding: chunked"))
        while try await client.readChunk() != nil {}
    }

    @Test(.enabled(if: Curl.path != nil, "curl is not installed")) func overHTTP2() async throws {
        let server = try await Self.server(http: ["http2: { h2c: true }"])
        let base = "http://127.0.0.1:\(server.port)"
        func get(_ path: String, _ more: [String] = []) async throws -> String {
            try await Curl.run(["-s", "-i", "--http2-prior-knowledge"] + more + [base + path])
        }
        #expect(try await get("/hello").contains("Hello from Swift!"))
        #expect(try await get("/hello").hasPrefix("HTTP/2 200"))
        #expect(try await get("/files/hello.txt", ["-r", "0-5"]).hasSuffix("A file"))
        #expect(try await get("/trailers").lowercased().contains("x-checksum: "))
        #expect(try await get("/upload", ["-F", "a=1", "-F", "f=@\(Self.files)/hello.txt"]).contains(#""name":"hello.txt""#))
        #expect(try await get("/stream?n=3").hasSuffix("line 3\n"))
        #expect(try await get("/rows?n=2").contains(#""square":4"#))
    }

    @Test(.enabled(if: WebDriver.path != nil, "chromedriver is not installed")) func aPersonUsesTheDemo() async throws {
        let server = try await Self.server()
        try await browseDemo(port: server.port)
    }

    /// One page shows the records of eight workers, and log lines keep their level.
    @Test func metricsAndLogsReachRoadRunner() async throws {
        let server = try await Self.server(environment: ["LOG_TO_ROADRUNNER": "true"], pool: ["num_workers: 8"])
        for _ in 0..<80 { #expect(try await server.get("/metrics-demo").body == "counted\n") }
        #expect(try await server.get("/throw").status == 500)
        var page = ""
        for _ in 0..<100 where !page.contains("demo_visits_total{kind=\"route\"} 80") {
            try await Task.sleep(for: .milliseconds(100))
            page = try await RawHTTPClient(port: server.metricsPort).send("GET", "/metrics").body
        }
        #expect(page.contains("demo_visits_total{kind=\"route\"} 80"))
        #expect(page.contains("demo_work_seconds_count 80"))
        #expect(page.contains("# HELP demo_visits_total Visits of /metrics-demo."))
        #expect(page.contains("demo_work_seconds_bucket{le=\"0.001\"} 0"))
        #expect(page.contains("rr_worker_errors_total{mode=\"http\"} 1"))
        #expect(await server.writes("out of coffee"))
        let line = server.output.split(separator: "\n").first { $0.contains("out of coffee") } ?? ""
        #expect(line.lowercased().contains("error"))
    }
}
