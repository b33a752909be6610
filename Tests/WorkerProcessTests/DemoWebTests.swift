import Foundation
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The demo's response to an upload.
struct UploadResponse: Decodable {
    struct File: Decodable {
        let field: String
        let name: String
        let type: String
        let size: Int
        let sha256: String?
        let error: String?
    }
    enum Field: Decodable, Equatable {
        case text(String)
        case list([Field])
        case object([String: Field])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Field].self) {
                self = .list(list)
            } else {
                self = .object(try container.decode([String: Field].self))
            }
        }
    }
    let fields: [String: Field]
    let files: [File]

    init(_ text: String) throws { self = try JSONDecoder().decode(UploadResponse.self, from: Data(text.utf8)) }
}

/// Tests the demo's web routes in a worker process.
@Suite(.timeLimit(.minutes(3))) struct DemoWebTests {
    static let sha256OfABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func uploadsInBothModes() async throws {
        try await DemoProcess.with { worker async throws in
            let body =
                "--b\r\nContent-Disposition: form-data; name=\"user[tags][]\"\r\n\r\nx\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b--\r\n"
            let raw = try await worker.send(
                .post("/upload", headers: [("Content-Type", "multipart/form-data; boundary=b")], body: body))
            let file = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString)")
            try Data("abc".utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            var request = TestRequest.post(
                "/upload", headers: [("Content-Type", "multipart/form-data; boundary=b")], body: #"{"user":{"tags":["x"]}}"#)
            request.isParsed = true
            request.uploads = ByteBuffer(
                string: #"{"f":{"name":"a.txt","mime":"text/plain","size":3,"error":0,"tmpName":"\#(file.path())"}}"#)
            let parsed = try await worker.send(request)
            for response in [raw, parsed] {
                #expect(response.status == 200)
                let answer = try UploadResponse(response.text)
                #expect(answer.fields == ["user": .object(["tags": .list([.text("x")])])])
                #expect(answer.files.count == 1)
                #expect(answer.files.first?.field == "f")
                #expect(answer.files.first?.name == "a.txt")
                #expect(answer.files.first?.type == "text/plain")
                #expect(answer.files.first?.size == 3)
                #expect(answer.files.first?.sha256 == Self.sha256OfABC)
                #expect(answer.files.first?.error == nil)
            }
            // RoadRunner has refused a file.
            request.uploads = ByteBuffer(string: #"{"f":{"name":"x.php","mime":"","size":0,"error":8,"tmpName":""}}"#)
            let refused = try UploadResponse(try await worker.send(request).text)
            #expect(refused.files.first?.error == "extensionForbidden")
            #expect(refused.files.first?.sha256 == nil)
        }
    }

    @Test func filesRowsAndDownloads() async throws {
        try await withTemporaryDirectory { folder in
            try Data("0123456789".utf8).write(to: URL(filePath: "\(folder)/d.txt"))
            try Data("spaces".utf8).write(to: URL(filePath: "\(folder)/my file.txt"))
            try FileManager.default.createDirectory(atPath: "\(folder)/žluť", withIntermediateDirectories: true)
            try Data("accents".utf8).write(to: URL(filePath: "\(folder)/žluť/100%.txt"))
            try await DemoProcess.with(environment: ["DEMO_FILES": folder]) { worker async throws in
                #expect(try await worker.send(.get("/files/my%20file.txt")).text == "spaces")
                #expect(try await worker.send(.get("/files/%C5%BElu%C5%A5/100%25.txt")).text == "accents")
                #expect(try await worker.send(.get("/files/d.txt")).text == "0123456789")
                let part = try await worker.send(.get("/files/d.txt", headers: [("Range", "bytes=-3")]))
                #expect(part.status == 206)
                #expect(part.text == "789")
                let long = String(repeating: "a", count: 300)
                for path in [
                    "/files/../d.txt", "/files/%2e%2e/d.txt", "/files/none", "/files/", "/files", "/files/\(long)",
                    "/files/\(String(repeating: "a/", count: 3000))a", "/files/x%2f..%2fd.txt", "/files/d.txt%00", "/files/%ff",
                    "/files/d.txt%", "/files/..%5cd.txt",
                ] {
                    #expect(try await worker.send(.get(path)).status == 404, "\(path)")
                }
                let rows = try await worker.send(.get("/rows?n=1000")).text
                let decoded = try JSONDecoder().decode([[String: Int]].self, from: Data(rows.utf8))
                #expect(decoded.count == 1000)
                #expect(decoded[999]["square"] == 1_000_000)
                #expect(try await worker.send(.get("/rows.ndjson?n=3")).text.split(separator: "\n").count == 3)
                #expect(try await worker.send(.get("/rows?n=0")).text == "[]")
                let download = try await worker.send(.get("/download?bytes=100001"))
                #expect(download.body.readableBytes == 100_001)
                #expect(download.head["Content-Length"] == ["100001"])
                #expect(try await worker.send(.get("/download?bytes=0")).body.readableBytes == 0)
            }
        }
    }

    @Test func sessionsProxiesAndWorkAfterwards() async throws {
        try await DemoProcess.with(environment: ["TRUSTED_PROXIES": "loopback, 10.0.0.0/8", "KV_AUTO_REGISTER": "false"]) {
            worker async throws in
            let who = try await worker.send(
                .get(
                    "/whoami",
                    headers: [
                        ("X-Forwarded-For", "203.0.113.7, 10.1.1.1"), ("X-Forwarded-Proto", "https"),
                        ("X-Forwarded-Host", "evil.example"),
                    ]))
            let client = try JSONDecoder().decode([String: String].self, from: Data(who.text.utf8))
            // By default the proxies' host header is not trusted.
            #expect(client == ["address": "203.0.113.7", "scheme": "https", "host": "localhost"])
            let hidden = try await worker.send(.get("/whoami", headers: [("X-Forwarded-For", "203.0.113.7, unknown")]))
            let unknown = try JSONDecoder().decode([String: String].self, from: Data(hidden.text.utf8))
            #expect(unknown == ["scheme": "http", "host": "localhost"])
            let malformed = [("X-Forwarded-For", "\u{600}, 203.0.113.7")]
            #expect(try await worker.send(.get("/whoami", headers: malformed)).status == 400)
        }
        try await TestRPCServer.with(storages: ["cache", "vault"]) { server in
            try await DemoProcess.with(environment: server.environment) { worker async throws in
                let login = try await worker.send(
                    .post("/login", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: "user=ann"))
                #expect(login.status == 200)
                let cookie = try #require(login.head["Set-Cookie"].first?.split(separator: ";").first.map(String.init))
                let me = try await worker.send(.get("/me", headers: [("Cookie", cookie)]))
                #expect(me.text.contains(#""user":"ann""#))
                #expect(try await worker.send(.get("/me")).status == 401)
                // Another worker reads the same session.
                try await DemoProcess.with(environment: server.environment) { other async throws in
                    #expect(try await other.send(.get("/me", headers: [("Cookie", cookie)])).text.contains("ann"))
                }
                #expect(try await worker.send(.post("/logout", headers: [("Cookie", cookie)], body: "")).status == 204)
                #expect(try await worker.send(.get("/me", headers: [("Cookie", cookie)])).status == 401)

                let after = try await worker.send(.get("/after?ms=50"))
                // The next request waits for the work.
                #expect(try await worker.send(.get("/after/last")).text == after.text)
            }
        }
    }

    @Test func hintsAndTrailers() async throws {
        try await DemoProcess.with(environment: ["RR_VERSION": "2026.1.0"]) { worker async throws in
            let hints = try await worker.send(.get("/hints"))
            #expect(hints.informational.map(\.status) == [103])
            #expect(hints.status == 200)
            let trailers = try await worker.send(.get("/trailers"))
            #expect(trailers.text == "line 1\nline 2\nline 3\n")
            #expect(trailers.trailerLines.map(\.name) == ["Trailer:X-Checksum"])
        }
        try await DemoProcess.with { worker async throws in
            #expect(try await worker.send(.get("/hints")).informational.isEmpty)
            #expect(await worker.waitForStandardError(containing: "HTTP_INFORMATIONAL"))
            // One line, for any number of requests.
            _ = try await worker.send(.get("/hints"))
            #expect(worker.standardError.components(separatedBy: "HTTP_INFORMATIONAL").count == 2)
        }
    }

    @Test func dumpsGoToStandardErrorAndToTheDebugPage() async throws {
        try await DemoProcess.with(environment: ["APP_DEBUG": "1"]) { worker async throws in
            let page = try await worker.send(.get("/throw?cups=0", headers: [("Accept", "text/html")]))
            #expect(page.status == 500)
            #expect(page.text.contains("Demo/Failures.swift:"))
            #expect(page.text.contains("cups"))
            #expect(await worker.waitForStandardError(containing: "Demo/Failures.swift:"))
        }
    }

    /// Memory stays flat for bodies of any length. The client is as fast as this process.
    @Test(.serialized, arguments: ["file", "generated"]) func aGibibyteTakesNoMemory(_ kind: String) async throws {
        let length = 1024 * 1024 * 1024
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/gibibyte.bin"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            // The file has no blocks on the disk, but can be read.
            #expect(truncate(path, off_t(length)) == 0)
            try await DemoProcess.with(environment: ["DEMO_FILES": folder]) { worker async throws in
                _ = try await worker.send(.get("/hello"))
                let before = worker.residentMemory
                var received = 0
                try await worker.stream(.get(kind == "file" ? "/files/gibibyte.bin" : "/download?bytes=\(length)")) { response in
                    #expect(response.head["Content-Length"] == ["\(length)"])
                    for try await chunk in response { received += chunk.readableBytes }
                }
                #expect(received == length)
                guard let before, let peak = worker.peakResidentMemory else { return }
                print("aGibibyteTakesNoMemory(\(kind)): resident \(before / 1024) KiB before, \(peak / 1024) KiB at most")
                #expect(peak < 48 * 1024 * 1024)
                #expect(try await worker.send(.get("/hello")).status == 200)
            }
        }
    }

    @Test func aDisconnectDuringAFileFreesTheWorker() async throws {
        try await withTemporaryDirectory { folder in
            #expect(FileManager.default.createFile(atPath: "\(folder)/big", contents: nil))
            #expect(truncate("\(folder)/big", 1 << 30) == 0)
            try await DemoProcess.with(environment: ["DEMO_FILES": folder]) { worker async throws in
                try await worker.stream(.get("/files/big")) { response in
                    for try await _ in response { break }
                }
                #expect(try await worker.send(.get("/hello")).status == 200)
            }
        }
    }
}
