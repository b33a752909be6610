import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

/// Expects that only the present request is active: middleware has seen the end of every other body.
private func expectNoneActive(_ server: ConformanceServer) async throws { #expect(try await server.says("/active", "1")) }

@Suite(.serialized, .timeLimit(.minutes(3))) struct ConformanceTests {
    @Test func responsesAloneOverRealSockets() async throws {
        let server = try await ConformanceServer.alone()
        for testCase in Cases.all {
            await expect(testCase, testCase.expected) {
                try await server.observe(testCase.method, testCase.path, body: testCase.body)
            }
        }
        try await expectNoneActive(server)
    }

    @Test(
        .enabled(if: ConformanceServer.roadRunner != nil, "RR_BINARY names no RoadRunner"), arguments: ["roadrunner", "shared"])
    func responsesThroughARealRoadRunner(_ runtime: String) async throws {
        let server = try await ConformanceServer.behindRoadRunner(["APP_RUNTIME": runtime])
        for testCase in Cases.all {
            await expect(testCase, testCase.throughRoadRunner) {
                try await server.observe(testCase.method, testCase.path, body: testCase.body)
            }
        }
        try await expectNoneActive(server)
    }

    /// Applies the rules of Go's server to a worker's frames.
    @Test func responsesOfAWorker() async throws {
        try await TestWorker.with(process: ConformanceServer.kernel) { try await self.observeAll(of: $0) }
    }

    @Test func responsesOfASharedWorker() async throws {
        try await TestPool.with(process: ConformanceServer.kernel, workers: 1, environment: ["APP_RUNTIME": "shared"]) { pool in
            try await pool.withWorker { try await self.observeAll(of: $0) }
        }
    }

    private func observeAll(of worker: TestWorker) async throws {
        for testCase in Cases.all {
            await expect(testCase, testCase.throughRoadRunner) {
                let request = TestRequest(testCase.method, testCase.path, body: ByteBuffer(string: testCase.body))
                return GoServer.observation(try await worker.send(request), method: testCase.method)
            }
            #expect(try await worker.send(.get("/next")).text == "next")
        }
        #expect(try await worker.send(.get("/active")).text == "1")
    }

    private func expect(
        _ testCase: Case, _ expected: Observation, _ observe: () async throws -> Observation
    ) async {
        do {
            let observed = try await observe()
            #expect(
                observed == expected, "\(testCase): \(testCase.difference?.rawValue ?? "equal in both modes")")
        } catch {
            Issue.record("\(testCase): \(error)")
        }
    }

    // MARK: Rules that need more than one observation

    private static var servers: [@Sendable () async throws -> ConformanceServer] {
        let alone: @Sendable () async throws -> ConformanceServer = { try await ConformanceServer.alone() }
        let behind: @Sendable () async throws -> ConformanceServer = { try await ConformanceServer.behindRoadRunner() }
        let shared: @Sendable () async throws -> ConformanceServer = {
            try await ConformanceServer.behindRoadRunner(["APP_RUNTIME": "shared"])
        }
        return ConformanceServer.roadRunner == nil ? [alone] : [alone, behind, shared]
    }

    @Test func aClientThatLeavesCancelsTheBody() async throws {
        for makeServer in Self.servers {
            let server = try await makeServer()
            do {
                let client = try RawHTTPClient(port: server.port)
                try await client.send("GET /stream/endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await client.readHead()
            }
            #expect(try await server.says("/left", "true"))
            try await expectNoneActive(server)
            #expect(!server.output.contains("the body failed"))
        }
    }

    /// Tests `consumeWithCancellationOnInboundClose`.
    @Test func aDisconnectIsNoticedByHummingbirdsAPI() async throws {
        for makeServer in Self.servers {
            let server = try await makeServer()
            for count in 1...3 {
                let head = "HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                do {
                    let client = try RawHTTPClient(port: server.port)
                    try await client.send("POST /watch/endless \(head)\r\nhello")
                    _ = try await client.readBytes { String(decoding: $0, as: UTF8.self).contains("hello") }
                }
                #expect(try await server.says("/watched", "\(count)"))
                let client = try RawHTTPClient(port: server.port)
                try await client.send("POST /watch \(head)Connection: close\r\n\r\nagain")
                #expect(try await client.readResponse().body == "again")
                #expect(try await server.says("/watched", "\(count)"))
            }
            try await expectNoneActive(server)
        }
    }

    /// The client receives a complete body before its handler returns.
    @Test func aCompleteBodyIsNotHeldForItsHandler() async throws {
        for makeServer in Self.servers {
            let server = try await makeServer()
            let client = try RawHTTPClient(port: server.port)
            try await client.send("GET /known/waits HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let (bytes, _) = try await client.readBytes { String(decoding: $0, as: UTF8.self).hasSuffix("hello") }
            #expect(String(decoding: bytes, as: UTF8.self).contains("200 OK"))
        }
    }

    @Test(arguments: ["GET", "HEAD"]) func aFailedBootIs503(_ method: String) async throws {
        let server = try await ConformanceServer.alone(["CONFORMANCE_BOOT": "fails", "HTTP_LAZY_BOOT": "true"])
        let client = try RawHTTPClient(port: server.port)
        let request = "\(method) / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try await client.send(request + request)
        let (bytes, isClosed) = try await client.readBytes { bytes in
            var parser = ResponseParser(bytes, isAtEnd: false)
            guard case .response? = try? parser.next(method: method) else { return false }
            guard let second = try? parser.next(method: method) else { return true }
            if case .response = second { return true }
            return false
        }
        var parser = ResponseParser(bytes, isAtEnd: isClosed)
        for _ in 0..<2 {
            guard case .response(let observation, let hasDate) = try parser.next(method: method) else {
                Issue.record("too few responses: \(String(decoding: bytes, as: UTF8.self))")
                return
            }
            #expect(observation.status == 503)
            #expect(observation.headers.contains { $0.hasPrefix("content-length") })
            #expect(hasDate)
        }
    }
}
