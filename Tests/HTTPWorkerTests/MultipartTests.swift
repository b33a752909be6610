import Foundation
import Hummingbird
import NIOCore
import RoadRunnerTesting
import RoadRunnerWeb
import Testing
import TestSupport

@testable import HTTPWorker

@Suite struct MultipartParserTests {
    /// All events of a body that comes in pieces; data that follows data is joined.
    static func events(_ body: [UInt8], boundary: String = "b", pieces: [Int]) throws -> [String] {
        var parser = MultipartParser(boundary: Array(boundary.utf8), maximumHeaderBytes: 1000)
        var events: [String] = []
        var data: [UInt8]?
        var rest = body[...]
        var pieces = pieces[...]
        while !rest.isEmpty {
            let piece = rest.prefix(max(1, pieces.popFirst() ?? rest.count))
            rest = rest.dropFirst(piece.count)
            parser.feed(ByteBuffer(bytes: piece))
            while let event = try parser.next() {
                if case .data(let bytes) = event {
                    data = (data ?? []) + Array(bytes.readableBytesView)
                    continue
                }
                if let bytes = data { events.append("data \(String(decoding: bytes, as: UTF8.self))") }
                data = nil
                switch event {
                case .part(let headers): events.append("part \(headers)")
                case .partEnd: events.append("partEnd")
                case .end: events.append("end")
                case .data: continue
                }
            }
        }
        try parser.finish()
        return events
    }

    static let body = Array(
        ("preamble\r\n--b\r\nA: 1\r\nB: 2\r\n\r\nhello\r\n--bogus\r\n--b-\r\n\r\r\n--b\r\n\r\n\r\n--b  \r\nC: 3\r\n\r\n--b\r\n\r\nx\r\n--b--\r\nepilogue")
            .utf8)
    static let expected = [
        "part [A: 1, B: 2]", "data hello\r\n--bogus\r\n--b-\r\n\r", "partEnd", "part []", "partEnd", "part [C: 3]",
        "partEnd",
        "part []", "data x", "partEnd", "end",
    ]

    @Test func partsAreToldApart() throws {
        #expect(try Self.events(Self.body, pieces: []) == Self.expected)
    }

    @Test func everySplitGivesTheSame() throws {
        for index in 1..<Self.body.count { #expect(try Self.events(Self.body, pieces: [index]) == Self.expected, "\(index)") }
        #expect(try Self.events(Self.body, pieces: [Int](repeating: 1, count: Self.body.count)) == Self.expected)
    }

    @Test func randomSplitsAndBodiesNeverTrap() throws {
        var generator = SeededGenerator.forTest()
        let tokens = ["--b", "\r\n", "--", "\r", "\n", "A: 1", "x", "--b--", "--b\r\n", "\r\n\r\n", " ", "b"].map {
            Array($0.utf8)
        }
        for _ in 0..<3000 {
            let body = (0..<Int.random(in: 0...20, using: &generator)).flatMap { _ in
                tokens.randomElement(using: &generator) ?? []
            }
            let whole = try? Self.events(body, pieces: [])
            let pieces = body.map { _ in Int.random(in: 1...5, using: &generator) }
            let split = try? Self.events(body, pieces: pieces)
            #expect(split == whole, "\(body)")
        }
    }

    @Test(arguments: [
        "", "--", "--x\r\n\r\n\r\n--x--", "--b\r\nA", "--b\r\n\r\ndata", "--b\r\n\r\ndata\r\n--b", "--b\r\n\r\nd\r\n--b-",
    ])
    func truncatedBodiesAreErrors(_ body: String) {
        #expect(throws: FormError.self) { try Self.events(Array(body.utf8), pieces: []) }
    }

    /// Header lines may go on in the next line, whose spaces are one.
    @Test func foldedLinesAreJoined() throws {
        let body = Array("--b\r\nA: 1;\r\n\t 2 \r\n  3\r\nB:4\r\n\r\n\r\n--b--\r\n".utf8)
        for pieces in [[], [Int](repeating: 1, count: body.count)] {
            let events = try Self.events(body, pieces: pieces)
            #expect(events == ["part [A: 1; 2 3, B: 4]", "partEnd", "end"])
        }
    }

    /// The first delimiter decides, so that a delimiter with another end is not one.
    @Test func linesMayEndInALineFeed() throws {
        let body = Array("--b\nA: 1\n\nx\r\ny\n--b--\n".utf8)
        for pieces in [[], [Int](repeating: 1, count: body.count)] {
            #expect(try Self.events(body, pieces: pieces) == ["part [A: 1]", "data x\r\ny", "partEnd", "end"])
        }
        #expect(throws: FormError.self) { try Self.events(Array("--b\n\nx\n--b\r\n\ny\n--b--\n".utf8), pieces: []) }
        #expect(throws: FormError.self) { try Self.events(Array("--b\r\n\r\nx\r\n--b\n\r\ny\r\n--b--\r\n".utf8), pieces: []) }
    }

    /// A long header line in pieces of one byte takes no time to speak of.
    @Test(.timeLimit(.minutes(1))) func smallPiecesAreNotReadAgain() throws {
        var parser = MultipartParser(boundary: Array("b".utf8), maximumHeaderBytes: 1_000_000)
        parser.feed(ByteBuffer(string: "--b\r\nA: "))
        #expect(try parser.next() == nil)
        for _ in 0..<300_000 {
            parser.feed(ByteBuffer(bytes: [0x78]))
            guard try parser.next() == nil else { return }
        }
        parser.feed(ByteBuffer(string: "\r\n\r\n"))
        guard case .part(let headers)? = try parser.next() else {
            Issue.record("no part")
            return
        }
        #expect(headers.first?.value.count == 300_000)
    }

    @Test func longHeadersAreRefused() {
        let body = "--b\r\nA: \(String(repeating: "x", count: 2000))\r\n\r\n"
        #expect(throws: FormError.self) { try Self.events(Array(body.utf8), pieces: []) }
        #expect(throws: FormError.self) {
            try Self.events(Array("--b\r\n\(String(repeating: "x", count: 2000))".utf8), pieces: [10])
        }
        #expect(throws: FormError.self) { try Self.events([UInt8](repeating: 0x78, count: 5000), pieces: [10]) }
    }
}

@Suite struct MediaTypeTests {
    @Test(arguments: [
        (#"form-data; name="a"; filename="b.txt""#, "b.txt"),
        (#"form-data; name=a; filename=b.txt;"#, "b.txt"),
        (#" FORM-DATA ;NAME="a" ; FileName = "b.txt" "#, "b.txt"),
        (#"form-data; name="a"; filename="q\"uote.txt""#, "q\"uote.txt"),
        (#"form-data; name="a"; filename="C:\dir\file.txt""#, #"C:\dir\file.txt"#),
        (#"form-data; name="a"; filename="a\ b\ž""#, #"a\ b\ž"#),
        (#"form-data; name="a"; filename="x"; filename*=UTF-8''%C5%BElu%C5%A5.txt"#, "žluť.txt"),
        (#"form-data; name="a"; filename*=latin1''x"#, nil),
        (#"form-data; name="a"; filename*=utf-8''%zz"#, nil),
        (#"form-data; name="a"; filename*0="one"; filename*1=two"#, "onetwo"),
        (#"form-data; name="a"; filename*0*=utf-8'en'%C5; filename*1*=%BE; filename*2=x; filename*4=y"#, "žx"),
        (#"form-data; name="a"; filename="b"; filename="b""#, "b"),
        (#"form-data; name="a""#, nil),
    ])
    func areRead(_ text: String, _ fileName: String?) throws {
        let type = try #require(MediaTypeHeader(text.utf8))
        #expect(type.value == "form-data")
        #expect(type.parameters?["name"].map { String(decoding: $0, as: UTF8.self) } == "a")
        #expect(type.parameters?["filename"].map { String(decoding: $0, as: UTF8.self) } == fileName)
    }

    @Test(arguments: [
        #"form-data; name="a"#, "form-data; name=", "form-data; name", "form-data; name=a b", "form-data; =a",
        "form-data;; name=a",
        "form-data; name=a; name=b", "form-data; name=a/b", "form-data; name*=utf-8''a; name*=utf-8''b",
    ])
    func malformedParametersAreNone(_ text: String) throws { #expect(try #require(MediaTypeHeader(text.utf8)).parameters == nil) }

    @Test(arguments: ["", ";", "a/", "/b", "a/b/c", "a b", "a/b c; d=e"]) func malformedTypesAreNone(_ text: String) {
        #expect(MediaTypeHeader(text.utf8) == nil)
    }
}

@Suite struct QuotedPrintableTests {
    /// - Returns: nil where it is malformed.
    private static func decoded(_ text: String, pieces: Int) -> String? {
        var decoder = QuotedPrintable()
        var decoded = ByteBuffer()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard let bytes = try? decoder.decode(ByteBuffer(bytes: rest.prefix(pieces))) else { return nil }
            decoded.writeImmutableBuffer(bytes)
            rest = rest.dropFirst(pieces)
        }
        guard let bytes = try? decoder.finish() else { return nil }
        decoded.writeImmutableBuffer(bytes)
        return String(buffer: decoded)
    }

    @Test(arguments: [
        ("=C5=BElu=c5=a5", "žluť"), ("a=\r\nb=\nc", "abc"), ("a  \r\nb \t\nc ", "a\r\nb\nc"), ("= =z =3", "= =z =3"), ("a=", "a"),
        ("a= \r\nb", "ab"), ("", ""), ("ž", "ž"), ("=", nil), ("==", nil), ("a==\r\n", nil), ("a=\r", nil), ("\u{1}", nil),
        ("\u{7F}", nil),
        (String(repeating: "x", count: 5000), nil),
    ])
    func isUndone(_ text: String, _ expected: String?) {
        for pieces in [1, 2, 3, 10_000] { #expect(Self.decoded(text, pieces: pieces) == expected, "\(pieces)") }
    }
}

@Suite struct HeaderParametersTests {
    @Test(arguments: [
        (#"form-data; name="a"; filename="b.txt""#, "b.txt"),
        (#"form-data; name=a; filename=b.txt"#, "b.txt"),
        (#"FORM-DATA;NAME="a";FileName="b.txt""#, "b.txt"),
        (#"form-data; name="a"; filename="q\"uote.txt""#, "q\"uote.txt"),
        (#"form-data; name="a"; filename="C:\dir\file.txt""#, #"C:\dir\file.txt"#),
        (#"form-data; name="a"; filename="x"; filename*=UTF-8''%C5%BElu%C5%A5.txt"#, "žluť.txt"),
        (#"form-data; name="a"; filename*=latin1''x"#, nil),
        (#"form-data; name="a"; filename="semi;colon.txt""#, "semi;colon.txt"),
        (#"form-data; =; ;; name="a"; filename="b.txt"#, "b.txt"),
        (#"form-data; name="a""#, nil),
    ])
    func areRead(_ text: String, _ fileName: String?) {
        let parameters = HeaderParameters(text)
        #expect(parameters.value == "form-data")
        #expect(parameters["name"] == "a")
        #expect(parameters["filename"] == fileName)
    }
}

@Suite(.timeLimit(.minutes(2))) struct UploadTests {
    @Test func foldersThatAreMissingAreMade() async throws {
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
                    #expect(error.description.contains("there is no folder \(folder)/file/"))
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

    @Test func temporaryFilesAreGoneAfterTheAnswer() async throws {
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
                // A body that breaks off leaves nothing either.
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
    func namesOfClientsAreNoPaths(_ sent: String, _ expected: String) async throws {
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
            // RoadRunner has a list of its own, and has not looked at this one.
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
    func boundariesThatCannotBeAre400(_ type: String) async throws {
        try await withText { request, context in
            try await request.form(context: context).comparable
        } _: { worker async throws in
            #expect(try await worker.send(.post("/", headers: [("Content-Type", type)], body: "--b\r\n\r\n--b--")).status == 400)
        }
    }

    /// Written in pieces, a large file takes no memory to speak of, and arrives as it was.
    @Test func largeFilesArriveAsTheyWere() async throws {
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
