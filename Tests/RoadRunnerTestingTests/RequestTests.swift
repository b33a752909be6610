import Foundation
import HTTPWorker
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import RoadRunnerTesting

private struct Note: Codable, Equatable {
    let text: String
    let at: Date
}

@Suite(.timeLimit(.minutes(1))) struct RequestTests {
    private func withEcho(_ body: (TestWorker) async throws -> Void) async throws {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options, .trace] {
            router.on("echo", method: method) { request, context in
                let headers = request.headers.map { "\($0.name.rawName): \($0.value)" }.sorted().joined(separator: "; ")
                let text = String(buffer: try await request.body.collect(upTo: 1000))
                return Response(
                    status: .ok, headers: [.server: "\(request.method) \(headers)"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
            }
        }
        router.post("note") { request, context in
            try await request.decode(as: Note.self, context: context).text
        }
        try await TestWorker.with(HTTP(router), body)
    }

    @Test func everyMethodHasARequest() async throws {
        try await self.withEcho { worker async throws in
            // Selects the public API: the package's own overload for strings sends no length.
            let plain: TestRequest.Body = "abc"
            let typed = TestRequest.Body.bytes(ByteBuffer(string: "x"), contentType: "a/b")
            let requests: [(TestRequest, String, String)] = [
                (.get("/echo"), "GET ", ""), (.head("/echo"), "HEAD ", ""), (.options("/echo"), "OPTIONS ", ""),
                (.post("/echo", body: plain), "POST Content-Length: 3", "abc"),
                (.put("/echo", body: plain), "PUT Content-Length: 3", "abc"),
                (.patch("/echo", body: plain), "PATCH Content-Length: 3", "abc"), (.post("/echo"), "POST ", ""),
                (.delete("/echo", body: plain), "DELETE Content-Length: 3", "abc"), (TestRequest(.trace, "/echo"), "TRACE ", ""),
                (.post("/echo", body: typed), "POST Content-Length: 1; Content-Type: a/b", "x"),
                // Explicit headers of a request take precedence.
                (
                    .put("/echo", headers: [.contentType: "c/d", .contentLength: "7"], body: typed),
                    "PUT Content-Length: 7; Content-Type: c/d", "x"
                ),
            ]
            for (request, expected, text) in requests {
                let response = try await worker.send(request)
                #expect(response.status == .ok)
                #expect(response.headers[.server] == expected.trimmingCharacters(in: .whitespaces), "\(expected)")
                #expect(response.text == text, "\(expected)")
            }
            #expect(TestRequest(.head, "/echo", body: "dropped").body.readableBytes == 0)
        }
    }

    @Test func namesAreSpelledAsByGo() async throws {
        try await self.withEcho { worker async throws in
            var headers: HTTPFields = [.userAgent: "kit"]
            headers.append(HTTPField(name: try #require(HTTPField.Name("x-request-ID")), value: "1"))
            headers.append(HTTPField(name: try #require(HTTPField.Name("X-REQUEST-id")), value: "2"))
            let response = try await worker.send(.get("/echo", headers: headers))
            #expect(response.headers[.server] == "GET User-Agent: kit; X-Request-Id: 1; X-Request-Id: 2")
        }
    }

    @Test func valuesAreJSONWithTheirDates() async throws {
        try await self.withEcho { worker async throws in
            let note = Note(text: "a/b", at: Date(timeIntervalSince1970: 1_000_000))
            let request = TestRequest.post("/note", body: try .json(note))
            #expect(String(buffer: request.body) == #"{"at":"1970-01-12T13:46:40Z","text":"a/b"}"#)
            #expect(try await worker.send(request).text == "a/b")
            let echo = try await worker.send(.post("/echo", body: .json(note)))
            #expect(try echo.decode() == note)
            let error = #expect(throws: TestWorkerError.self) { try echo.decode(as: [Int].self) }
            #expect(error?.code == .undecodableBody)
            #expect(error?.description.contains("200") == true)
            #expect(error?.description.contains("13:46:40Z") == true)
        }
    }

    @Test func filesExistUntilTheResponseHasEnded() async throws {
        let paths = Mutex<[String]>([])
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.post("files") { request, context in
            let json = String(buffer: context.info.uploads)
            let found = json.matches(of: /"tmpName":"([^"]+)"/).map { String($0.1) }
            paths.withLock { $0 = found }
            let modes = found.map { (try? FileManager.default.attributesOfItem(atPath: $0))?[.posixPermissions] as? Int }
            if request.uri.path == "/files" { #expect(modes == [0o600, 0o600]) }
            var writer = "first "
            for path in found { writer += String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self) }
            return Response(
                status: .ok,
                body: ResponseBody { [writer] output in
                    try await output.write(ByteBuffer(string: writer))
                    // The files exist as long as the response lasts.
                    try await output.write(ByteBuffer(string: "\(found.map { FileManager.default.fileExists(atPath: $0) })"))
                    try await output.finish(nil)
                })
        }
        let parts: [TestRequest.Body.Part] = [
            .file("a", filename: "a", content: ByteBuffer(repeating: 0x61, count: 3)),
            .file("b", filename: "b", content: ByteBuffer(string: "b")),
        ]
        func remaining() -> Int { paths.withLock { $0.count { FileManager.default.fileExists(atPath: $0) } } }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            #expect(try await worker.send(.post("/files", body: .multipart(parts))).text == "first aaab[true, true]")
            #expect(paths.withLock { $0.count } == 2)
            #expect(remaining() == 0)
            try await worker.stream(.post("/files", body: .multipart(parts))) { response in
                for try await _ in response {
                    if !response.isFinished { #expect(remaining() == 2) }
                    break
                }
            }
            #expect(remaining() == 0)
            try await worker.begin(.post("/files", body: .multipart(parts)))
            _ = try await worker.nextFrame()
        }
        // The test does not read the rest.
        #expect(remaining() == 0)
    }

    @Test func aFinishedResponseNeedNotBeRead() async throws {
        let router = Router()
        router.get("hello") { _, _ in "Hello" }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            worker.timeout = .seconds(5)
            let status = try await worker.stream(.get("/hello")) { $0.status }
            #expect(status == .ok)
            #expect(try await worker.send(.get("/hello")).text == "Hello")
        }
    }
}
