import RoadRunnerTesting
import TestSupport
import Testing

/// The same bytes yield the same tree and the same values, no matter which program parses them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FormConformanceTests {
    @Test func recordingsAreThere() { #expect(FormCase.all.count >= 140) }

    private func expect(_ testCase: FormCase, _ answer: () async throws -> FormResponse) async {
        do {
            let answer = try await answer()
            #expect(answer == testCase.expected, "\(testCase)")
        } catch {
            Issue.record("\(testCase): \(error)")
        }
    }

    @Test func formsAloneOverRealSockets() async throws {
        let server = try await ConformanceServer.alone()
        for testCase in FormCase.all { await self.expect(testCase) { try await testCase.request.answer(of: server) } }
    }

    @Test(.enabled(if: ConformanceServer.roadRunner != nil, "RR_BINARY names no RoadRunner"))
    func formsThroughARealRoadRunner() async throws {
        let server = try await ConformanceServer.behindRoadRunner()
        for testCase in FormCase.all { await self.expect(testCase) { try await testCase.request.answer(of: server) } }
    }

    /// Tests the frames of RoadRunner with its default configuration, and with `http.raw_body: true`.
    @Test func formsOfAWorker() async throws {
        try await withTemporaryDirectory { folder async throws in
            try await TestWorker.with(process: ConformanceServer.kernel) { worker async throws in
                func answer(_ request: TestRequest) async throws -> FormResponse {
                    let response = try await worker.send(request)
                    guard response.status != 200 else { return .text(Array(response.text.utf8)) }
                    #expect(response.status.kind == .clientError, "\(response.text)")
                    return .refused
                }
                for testCase in FormCase.all {
                    if testCase.parsed {
                        await self.expect(testCase) { try await answer(try testCase.parsedRequest(in: folder)) }
                    }
                    if !testCase.isOfDefaultConfiguration {
                        await self.expect(testCase) { try await answer(testCase.request.forWorker) }
                    }
                }
            }
        }
    }

    // MARK: Counts

    private static var servers: [@Sendable () async throws -> ConformanceServer] {
        let alone: @Sendable () async throws -> ConformanceServer = { try await ConformanceServer.alone() }
        let behind: @Sendable () async throws -> ConformanceServer = { try await ConformanceServer.behindRoadRunner() }
        return ConformanceServer.roadRunner == nil ? [alone] : [alone, behind]
    }

    @Test func formsBeyondTheLimitsAreRefused() async throws {
        func urlEncoded(_ count: Int) -> FormRequest {
            let fields = (0..<count).map { "f[\($0)]=\($0)" }
            return FormRequest(
                contentTypes: ["application/x-www-form-urlencoded"], body: Array(fields.joined(separator: "&").utf8))
        }
        func multipart(_ count: Int) -> FormRequest {
            let parts = (0..<count).map { "--b\r\nContent-Disposition: form-data; name=\"f[\($0)]\"\r\n\r\n\($0)\r\n" }
            return FormRequest(
                contentTypes: ["multipart/form-data; boundary=b"], body: Array((parts.joined() + "--b--").utf8))
        }
        for makeServer in Self.servers {
            let server = try await makeServer()
            #expect(try await urlEncoded(10_000).answer(of: server) != .refused)
            #expect(try await urlEncoded(10_001).answer(of: server) == .refused)
            var empty = urlEncoded(1)
            empty.body += Array(repeating: UInt8(ascii: "&"), count: 10_000)
            #expect(try await empty.answer(of: server) == .refused)
            #expect(try await multipart(1000).answer(of: server) != .refused)
            #expect(try await multipart(1001).answer(of: server) == .refused)
        }
    }

    // MARK: Random forms

    /// Compares random forms, by default 300; `FORM_ROUNDS` changes the number.
    @Test(.enabled(if: ConformanceServer.roadRunner != nil, "RR_BINARY names no RoadRunner"))
    func randomFormsAreReadAlike() async throws {
        var random = RandomForms(SeededGenerator.forTest())
        let alone = try await ConformanceServer.alone()
        let behind = try await ConformanceServer.behindRoadRunner()
        for round in 0..<(Environment.variable("FORM_ROUNDS").flatMap { Int($0) } ?? 300) {
            let request = random.next()
            let answer = try await request.answer(of: alone)
            // RoadRunner iterates over names in random order, so some forms have several results.
            var others: Set<FormResponse> = []
            for _ in 0..<200 where !others.contains(answer) { others.insert(try await request.answer(of: behind)) }
            #expect(
                others.contains(answer),
                "form \(round): alone \(answer), RoadRunner \(others), of \(request.contentTypes) \(String(decoding: request.body, as: UTF8.self).debugDescription)"
            )
        }
    }
}
