import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) struct FileTests {
    /// Serves the files of a folder with some contents.
    private static func withFiles<Result>(
        _ answer: @escaping @Sendable (String, Request) -> FileResponse = { folder, request in
            FileResponse(request.uri.path, in: folder)
        },
        environment: [String: String] = [:],
        _ body: (TestWorker, String) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { folder in
            try Data("0123456789".utf8).write(to: URL(filePath: "\(folder)/digits.txt"))
            try Data().write(to: URL(filePath: "\(folder)/empty"))
            try FileManager.default.createDirectory(atPath: "\(folder)/sub", withIntermediateDirectories: true)
            try Data("below".utf8).write(to: URL(filePath: "\(folder)/sub/page.html"))
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "/etc/passwd")
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/out", withDestinationPath: "/etc")
            let big = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
            try big.write(to: URL(filePath: "\(folder)/big.bin"))
            return try await withHandler(environment: environment) { request, context in
                request.uri.path == "/ok"
                    ? Response(status: .ok, body: .text("ok"))
                    : try answer(folder, request).response(from: request, context: context)
            } _: { worker async throws in
                try await body(worker, folder)
            }
        }
    }

    @Test func filesAreSentWithTheirMetadata() async throws {
        try await Self.withFiles { worker, _ async throws in
            let response = try await worker.send(.get("/digits.txt"))
            #expect(response.status == 200)
            #expect(response.text == "0123456789")
            #expect(!response.isStreamed)
            #expect(response.head["Content-Length"] == ["10"])
            #expect(response.head["Content-Type"] == ["text/plain; charset=utf-8"])
            #expect(response.head["Accept-Ranges"] == ["bytes"])
            #expect(response.head["ETag"].count == 1)
            #expect(HTTPDate.parse(response.head["Last-Modified"].first ?? "") != nil)
            let page = try await worker.send(.get("/sub/page.html"))
            #expect(page.head["Content-Type"] == ["text/html; charset=utf-8"])
            #expect(try await worker.send(.get("/big.bin")).head["Content-Type"] == ["application/octet-stream"])
            let empty = try await worker.send(.get("/empty"))
            #expect(empty.status == 200)
            #expect(empty.body.readableBytes == 0)
        }
    }

    @Test func largeFilesAreStreamedUnchanged() async throws {
        try await Self.withFiles { worker, folder async throws in
            let response = try await worker.send(.get("/big.bin"))
            #expect(response.isStreamed)
            #expect(response.head["Content-Length"] == ["1000000"])
            #expect(Data(response.body.readableBytesView) == (try Data(contentsOf: URL(filePath: "\(folder)/big.bin"))))
        }
    }

    @Test(arguments: [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=-100", 206, "0123456789", "bytes 0-9/10"), ("bytes=5-100", 206, "56789", "bytes 5-9/10"),
        ("bytes=9-9", 206, "9", "bytes 9-9/10"), ("Bytes=0-0", 206, "0", "bytes 0-0/10"),
        ("bytes=10-", 416, "", "bytes */10"), ("bytes=99-100", 416, "", "bytes */10"), ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=99999999999999999999-", 416, "", "bytes */10"),
        // Malformed, of another unit, or several: the whole file.
        ("bytes=3-1", 200, "0123456789", ""), ("bytes=a-b", 200, "0123456789", ""), ("bytes=-", 200, "0123456789", ""),
        ("bytes=", 200, "0123456789", ""), ("lines=0-1", 200, "0123456789", ""), ("bytes=0-1,3-4", 200, "0123456789", ""),
        ("bytes=0-5,3-8", 200, "0123456789", ""), ("bytes=+1-2", 200, "0123456789", ""), ("bytes=--1", 200, "0123456789", ""),
    ])
    func ranges(_ range: String, _ status: Int, _ body: String, _ contentRange: String) async throws {
        try await Self.withFiles { worker, _ async throws in
            let response = try await worker.send(.get("/digits.txt", headers: [("Range", range)]))
            #expect(response.status == status)
            #expect(response.text == (status == 416 ? "416 Range Not Satisfiable\n" : body))
            #expect(response.head["Content-Range"] == (contentRange.isEmpty ? [] : [contentRange]))
            if status != 416 { #expect(response.head["Content-Length"] == ["\(body.utf8.count)"]) }
            try await expectStillInStep(worker)
        }
    }

    @Test func rangesOfAnEmptyFile() async throws {
        try await Self.withFiles { worker, _ async throws in
            for range in ["bytes=0-", "bytes=-1", "bytes=0-0"] {
                #expect(try await worker.send(.get("/empty", headers: [("Range", range)])).status == 416)
            }
        }
    }

    @Test func conditions() async throws {
        try await Self.withFiles { worker, _ async throws in
            let first = try await worker.send(.get("/digits.txt"))
            let tag = try #require(first.head["ETag"].first)
            let date = try #require(first.head["Last-Modified"].first)
            func status(_ headers: [(String, String)]) async throws -> Int {
                let response = try await worker.send(.get("/digits.txt", headers: headers))
                if response.status == 304 {
                    #expect(response.body.readableBytes == 0)
                    #expect(response.head["ETag"] == [tag])
                    #expect(response.head["Content-Length"].isEmpty)
                }
                return response.status.code
            }
            let past = "Sun, 06 Nov 1994 08:49:37 GMT"
            #expect(try await status([("If-None-Match", tag)]) == 304)
            #expect(try await status([("If-None-Match", "\"x\", W/\(tag)")]) == 304)
            #expect(try await status([("If-None-Match", "*")]) == 304)
            #expect(try await status([("If-None-Match", "\"x\"")]) == 200)
            #expect(try await status([("If-Modified-Since", date)]) == 304)
            #expect(try await status([("If-Modified-Since", past)]) == 200)
            #expect(try await status([("If-Modified-Since", "nonsense")]) == 200)
            // The tag takes precedence.
            #expect(try await status([("If-None-Match", "\"x\""), ("If-Modified-Since", date)]) == 200)
            #expect(try await status([("If-Match", tag)]) == 200)
            #expect(try await status([("If-Match", "\"x\"")]) == 412)
            #expect(try await status([("If-Unmodified-Since", past)]) == 412)
            #expect(try await status([("Range", "bytes=0-1"), ("If-Range", tag)]) == 206)
            #expect(try await status([("Range", "bytes=0-1"), ("If-Range", "W/\(tag)")]) == 200)
            #expect(try await status([("Range", "bytes=0-1"), ("If-Range", date)]) == 206)
            #expect(try await status([("Range", "bytes=0-1"), ("If-Range", past)]) == 200)
        }
    }

    @Test func changedFilesHaveAnotherTag() async throws {
        try await Self.withFiles { worker, folder async throws in
            let before = try await worker.send(.get("/digits.txt")).head["ETag"]
            try Data("9876543210".utf8).write(to: URL(filePath: "\(folder)/digits.txt"))
            #expect(try await worker.send(.get("/digits.txt")).head["ETag"] != before)
        }
    }

    @Test func headHasTheLengthAndNoBody() async throws {
        try await Self.withFiles { worker, _ async throws in
            for path in ["/digits.txt", "/big.bin"] {
                let response = try await worker.send(TestRequest("HEAD", path, headers: [("Range", "bytes=0-1")]))
                #expect(response.status == 200)
                #expect(response.frames.count == 1)
                #expect(response.head["Content-Length"] == [path == "/big.bin" ? "1000000" : "10"])
            }
        }
    }

    @Test(arguments: [
        "/../digits.txt", "/sub/../../x", "/..", "/sub/..", "/link", "/out/passwd", "/", "", "/none", "/sub", "/digits.txt/x",
        "//",
        "/./..", "/digits.txt\u{0}.html",
    ])
    func pathsOutsideTheFolderAreNotFound(_ path: String) async throws {
        try await Self.withFiles { folder, _ in
            FileResponse(path, in: folder)
        } _: { worker, _ async throws in
            #expect(try await worker.send(.get("/any")).status == 404, "\(path)")
            try await expectStillInStep(worker)
        }
    }

    @Test func oddPathsBelowTheFolderAreFound() async throws {
        try await Self.withFiles { worker, _ async throws in
            for path in ["//digits.txt", "/./digits.txt", "/sub//page.html"] {
                #expect(try await worker.send(.get(path)).status == 200, "\(path)")
            }
        }
    }

    @Test func pipesDoNotBlock() async throws {
        try await Self.withFiles { worker, folder async throws in
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
            #expect(try await worker.send(.get("/pipe")).status == 404)
        }
    }

    @Test func withoutARootThePathIsUsedUnchanged() async throws {
        try await Self.withFiles { folder, _ in
            Response.file("\(folder)/digits.txt")
        } _: { worker, _ async throws in
            #expect(try await worker.send(.get("/")).text == "0123456789")
        }
    }

    @Test func deletesAfterSend() async throws {
        try await Self.withFiles { folder, request in
            Response.file("\(folder)\(request.uri.path)", deletesAfterSend: true)
        } _: { worker, folder async throws in
            // The file is sent once, so a part would be all that the client gets.
            let whole = try await worker.send(.get("/digits.txt", headers: [("Range", "bytes=0-1")]))
            #expect(whole.status == 200)
            #expect(whole.head["Accept-Ranges"] == ["none"])
            #expect(whole.text == "0123456789")
            try await expectStillInStep(worker)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/digits.txt"))
            #expect(try await worker.send(.get("/digits.txt")).status == 404)
            // A disconnect counts as sent.
            try await worker.stream(.get("/big.bin")) { response in
                for try await _ in response { break }
            }
            try await expectStillInStep(worker)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/big.bin"))
        }
    }

    /// A handler may create the response itself to change it.
    @Test func responsesOfHandlersDeleteTheirFiles() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/once.txt"
            try Data("once".utf8).write(to: URL(filePath: path))
            try await withHandler { request, context in
                guard request.uri.path != "/ok" else { return Response(status: .ok, body: .text("ok")) }
                return try Response.file(path, deletesAfterSend: true, for: request, context: context)
            } _: { worker async throws in
                #expect(try await worker.send(.get("/")).text == "once")
                try await expectStillInStep(worker)
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }

    /// Regardless of the response: the file was created for it.
    @Test(
        arguments: [
            ("HEAD", [], 200), ("GET", [("If-None-Match", "*")], 304), ("GET", [("If-Match", "\"x\"")], 412),
        ] as [(String, [(String, String)], Int)])
    func filesThatWereNotSentAreDeletedAsWell(_ method: String, _ headers: [(String, String)], _ status: Int) async throws {
        try await Self.withFiles { folder, request in
            var file = Response.file("\(folder)\(request.uri.path)", deletesAfterSend: true)
            // The worker would not learn when RoadRunner has read the file.
            file.usesSendfile = true
            return file
        } _: { worker, folder async throws in
            #expect(try await worker.send(TestRequest(method, "/digits.txt", headers: headers)).status == status)
            try await expectStillInStep(worker)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/digits.txt"))
        }
    }

    @Test func truncatedFilesEndTheResponseVisibly() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/shrinking"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            #expect(truncate(path, 64 * 1024 * 1024) == 0)
            try await withHandler { request, context in
                request.uri.path == "/ok"
                    ? Response(status: .ok, body: .text("ok")) : try Response.file(path).response(from: request, context: context)
            } _: { worker async throws in
                var count = 0
                try await worker.stream(.get("/")) { response in
                    for try await chunk in response {
                        if count == 0 { #expect(truncate(path, 1000) == 0) }
                        count += chunk.readableBytes
                    }
                }
                #expect(count < 64 * 1024 * 1024)
                try await expectStillInStep(worker)
            }
        }
    }

    @Test func headersOfTheProgramWin() async throws {
        try await Self.withFiles { folder, _ in
            var file = Response.file("digits.txt", in: folder, disposition: .attachment("žluť.txt"))
            file.headers = [.contentType: "text/x-digits", .cacheControl: "max-age=60", .eTag: "\"mine\""]
            return file
        } _: { worker, _ async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.head["Content-Type"] == ["text/x-digits"])
            #expect(response.head["Cache-Control"] == ["max-age=60"])
            #expect(response.head["ETag"] == ["\"mine\""])
            #expect(
                response.head["Content-Disposition"] == ["attachment; filename=\"_lu_.txt\"; filename*=UTF-8''%C5%BElu%C5%A5.txt"]
            )
        }
    }

    @Test func sendfileNamesTheFile() async throws {
        try await Self.withFiles { folder, _ in
            var file = Response.file("sub/./page.html", in: folder)
            file.usesSendfile = true
            return file
        } _: { worker, folder async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.head["X-Sendfile"].first?.hasSuffix("/sub/page.html") == true)
            #expect(response.head["X-Sendfile"].first?.hasPrefix("/") == true)
            #expect(response.body.readableBytes == 0)
            #expect(response.head["Content-Length"].isEmpty)
            #expect(try await worker.send(.get("/", headers: [("Range", "bytes=0-1")])).text == "be")
        }
    }
}
