import Foundation
import Hummingbird
import NIOCore
import RoadRunnerTesting
import RoadRunnerWeb
import TestSupport
import Testing

@testable import HTTPWorker

@Suite(.timeLimit(.minutes(2))) struct UploadTests {
    @Test func missingFoldersAreCreated() async throws {
        try await withTemporaryDirectory { folder in
            try await withText { request, context in
                let upload = try #require(try await request.form(context: context).files["f"].value)
                try await upload.copy(to: "\(folder)/a/b/copy")
                try Data().write(to: URL(filePath: "\(folder)/file"))
                do {
                    try await upload.move(to: "\(folder)/file/c/moved")
                    return "moved into a file"
                } catch let error as UploadError {
                    #expect(error.code == .destination)
                    #expect(error.description.contains("cannot create the folder \(folder)/file/"))
                }
                try await upload.move(to: "\(folder)/c/d/moved")
                return "moved"
            } _: { worker async throws in
                let response = try await worker.send(.multipart("/", [.file("f", "a.txt", "content")]))
                #expect(response.text == "moved")
                #expect(try String(contentsOfFile: "\(folder)/a/b/copy", encoding: .utf8) == "content")
                #expect(try String(contentsOfFile: "\(folder)/c/d/moved", encoding: .utf8) == "content")
            }
        }
    }

    @Test func filesAreReadMovedAndCopied() async throws {
        try await withTemporaryDirectory { folder in
            try await withText { request, context in
                let form = try await request.form(context: context)
                let upload = try #require(form.files["f"].value)
                #expect(String(buffer: try await upload.contents(upTo: 100)) == "content")
                try await upload.copy(to: "\(folder)/copy")
                try await upload.move(to: "\(folder)/moved")
                do {
                    try await upload.move(to: "\(folder)/again")
                    return "moved twice"
                } catch let error as UploadError {
                    #expect(error.code == .temporaryFileMissing)
                    return upload.path ?? ""
                }
            } _: { worker async throws in
                let response = try await worker.send(.multipart("/", [.file("f", "a.txt", "content")]))
                #expect(response.status == 200)
                #expect(try String(contentsOfFile: "\(folder)/copy", encoding: .utf8) == "content")
                #expect(try String(contentsOfFile: "\(folder)/moved", encoding: .utf8) == "content")
                let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/moved")[.posixPermissions] as? Int
                #expect(mode == 0o644)
                #expect(!FileManager.default.fileExists(atPath: response.text))
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/again"))
            }
        }
    }

    @Test func temporaryFilesAreRemovedAfterTheResponse() async throws {
        try await withTemporaryDirectory { folder in
            var limits = FormLimits()
            limits.temporaryFolder = folder
            let given = limits
            try await withText { request, context in
                let form = try await request.form(context: context, limits: given)
                let count = try FileManager.default.contentsOfDirectory(atPath: folder).count
                if request.uri.path == "/throw" { throw Broken() }
                return "\(form.uploads.count) \(count)"
            } _: { worker async throws in
                let parts = [TestRequest.Part.file("a", "1", "x"), .file("b", "2", ""), .field("c", "d")]
                #expect(try await worker.send(.multipart("/", parts)).text == "2 2")
                #expect(try await worker.send(.multipart("/throw", parts)).status == 500)
                try await expectStillInStep(worker)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                // A truncated body leaves no files either.
                var broken = TestRequest.multipart("/", parts)
                broken.body = broken.body.getSlice(at: 0, length: broken.body.readableBytes - 20) ?? broken.body
                #expect(try await worker.send(broken).status == 400)
                try await expectStillInStep(worker)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            }
        }
    }

    @Test(arguments: [
        ("../../etc/passwd", "passwd"), ("a\\\\b.txt", "b.txt"), ("žluť.txt", "žluť.txt"),
        ("/", ""), ("tab\tname", "tabname"), ("quote\\\"s", "quote\"s"),
    ])
    func namesOfClientsAreNotPaths(_ sent: String, _ expected: String) async throws {
        try await withText { request, context in
            try await request.form(context: context).files["f"].value?.name ?? "none"
        } _: { worker async throws in
            #expect(try await worker.send(.multipart("/", [.file("f", sent, "x")])).text == expected)
        }
    }

    @Test(arguments: ["x.PHP", "dir/x.php/", "x.txt.php", "x.php\\\\"]) func forbiddenExtensionsAreFoundInTheName(_ sent: String)
        async throws
    {
        var limits = FormLimits()
        limits.forbiddenExtensions = ["php"]
        let given = limits
        try await withText { request, context in
            let upload = try #require(try await request.form(context: context, limits: given).files["f"].value)
            return "\(upload.error?.code.description ?? upload.name) \(upload.path ?? "-")"
        } _: { worker async throws in
            #expect(try await worker.send(.multipart("/", [.file("f", sent, "x")])).text == "extensionForbidden -")
            // RoadRunner has its own list, and did not apply this one.
            var parsed = TestRequest.multipart("/", [])
            parsed.isParsed = true
            parsed.body = ByteBuffer()
            let name = sent.replacingOccurrences(of: "\\\\", with: "\\\\\\\\")
            parsed.uploads = ByteBuffer(
                string: #"{"f":{"name":"\#(name)","mime":"","size":1,"error":0,"tmpName":"/tmp/x"}}"#)
            #expect(try await worker.send(parsed).text == "extensionForbidden -")
        }
    }

    @Test func errorsOfRoadRunnerAreTyped() async throws {
        try await withText { request, context in
            let form = try await request.form(context: context)
            var lines: [String] = []
            for (field, upload) in form.uploads {
                do {
                    _ = try await upload.contents(upTo: 10)
                    lines.append("\(field) read")
                } catch let error as UploadError {
                    lines.append("\(field) \(upload.error?.code.number ?? 0) \(error.code)")
                }
            }
            return lines.joined(separator: "\n")
        } _: { worker async throws in
            func leaf(_ error: Int, _ path: String = "") -> String {
                #"{"name":"n","mime":"m","size":0,"error":\#(error),"tmpName":"\#(path)"}"#
            }
            var request = TestRequest.post("/", body: "")
            request.isParsed = true
            request.uploads = ByteBuffer(
                string: """
                    {"a":\(leaf(4)),"b":\(leaf(6)),"c":\(leaf(7)),"d":\(leaf(8)),"e":\(leaf(99)),"f":\(leaf(0, "/nonexistent/x")),\
                    "g":\(leaf(0))}
                    """)
            let text = try await worker.send(request).text
            // An empty file is read without being opened.
            #expect(
                text
                    == "a 4 noFile\nb 6 noTemporaryFolder\nc 7 cannotWrite\nd 8 extensionForbidden\ne 99 unknown(99)\nf read\ng 0 temporaryFileMissing"
            )
        }
    }

    @Test func missingTemporaryFilesAndFoldersAreTyped() async throws {
        var limits = FormLimits()
        limits.temporaryFolder = "/nonexistent"
        let given = limits
        try await withText { request, context in
            let upload = try #require(try await request.form(context: context, limits: given).files["f"].value)
            return "\(upload.error?.code.description ?? "none") \(upload.size) \(upload.path ?? "nil")"
        } _: { worker async throws in
            #expect(try await worker.send(.multipart("/", [.file("f", "a", "content")])).text == "noTemporaryFolder 0 nil")
        }
    }

    @Test func limitsAre413() async throws {
        var limits = FormLimits()
        limits.parts = 3
        limits.fieldBytes = 100
        limits.fileBytes = 50
        limits.bodyBytes = 2000
        let given = limits
        try await withText { request, context in
            try await request.form(context: context, limits: given).comparable
        } _: { worker async throws in
            let long = String(repeating: "x", count: 60)
            #expect(try await worker.send(.multipart("/", [.field("a", "1"), .field("b", "2"), .field("c", "3")])).status == 200)
            #expect(try await worker.send(.multipart("/", (0..<4).map { .field("\($0)", "1") })).status == 413)
            #expect(try await worker.send(.multipart("/", [.field("a", long), .field("b", long)])).status == 413)
            #expect(try await worker.send(.multipart("/", [.file("a", "f", long)])).status == 413)
            #expect(try await worker.send(.multipart("/", [.file("a", "f", String(repeating: long, count: 50))])).status == 413)
            try await expectStillInStep(worker)
        }
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\(String(repeating: "b", count: 300))",
    ])
    func invalidBoundariesAre400(_ type: String) async throws {
        try await withText { request, context in
            try await request.form(context: context).comparable
        } _: { worker async throws in
            #expect(try await worker.send(.post("/", headers: [("Content-Type", type)], body: "--b\r\n\r\n--b--")).status == 400)
        }
    }

    /// Written in pieces, a large file takes little memory, and arrives unchanged.
    @Test func largeFilesArriveUnchanged() async throws {
        try await withText { request, context in
            let upload = try #require(try await request.form(context: context).files["f"].value)
            var sum = 0
            for try await chunk in try upload.chunks { sum &+= chunk.readableBytesView.reduce(0) { $0 &+ Int($1) } }
            return "\(upload.size) \(sum)"
        } _: { worker async throws in
            let content = String(repeating: "0123456789\r\n--b0undar", count: 50_000)
            let sum = content.utf8.reduce(0) { $0 + Int($1) }
            #expect(try await worker.send(.multipart("/", [.file("f", "a", content)])).text == "\(content.utf8.count) \(sum)")
        }
    }
}
