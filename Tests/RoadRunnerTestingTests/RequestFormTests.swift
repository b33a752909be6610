import Foundation
import NIOCore
import TestSupport
import Testing

@testable import RoadRunnerTesting

@Suite struct RequestFormTests {
    @Test func recordingsAreThere() { #expect(RecordedForm.urlEncoded.count >= 15) }

    @Test(arguments: RecordedForm.urlEncoded) func areParsedAsByRoadRunner(_ form: RecordedForm) throws {
        let pairs = try #require(form.pairs)
        guard form.status == 200 else {
            let error = #expect(throws: TestWorkerError.self) { try TestRequest.Body.form(pairs: pairs) }
            #expect(error?.code == .refusedRequest)
            return
        }
        let method = try #require(HTTPRequest.Method(form.method))
        let isParsed = form.parsed == true
        let request = TestRequest(method, "/form", body: try .form(pairs: pairs, rawBody: !isParsed))
        #expect(request.isParsed == isParsed)
        #expect(request.headers[.contentType] == "application/x-www-form-urlencoded")
        if isParsed { #expect(String(buffer: request.body) == form.fields) }
    }

    @Test func rawFormsAreTheClientsBytes() throws {
        let request = TestRequest.post("/", body: try .form(["a b": "ž&=+", "c[]": "1", "c[]": "2", "empty": ""], rawBody: true))
        #expect(String(buffer: request.body) == "a+b=%C5%BE%26%3D%2B&c%5B%5D=1&c%5B%5D=2&empty=")
        #expect(request.headers[.contentLength] == "\(request.body.readableBytes)")
        #expect(!request.isParsed)
        let parsed = TestRequest.post("/", body: try .form(["a b": "ž&=+", "c[]": "1", "c[]": "2", "empty": ""]))
        // The length is that of the client's body.
        #expect(parsed.headers[.contentLength] == request.headers[.contentLength])
        #expect(String(buffer: parsed.body) == #"{"ab":"ž\u0026=+","c":["1","2"],"empty":""}"#)
    }

    @Test func jsonIsEncodedAsByGo() {
        let text = "\u{0}\u{8}\t\n\u{C}\r\u{1F} \"\\/<>&\u{2028}\u{2029}ž😀"
        let json = String(decoding: GoJSON.string(Array(text.utf8)), as: UTF8.self)
        #expect(json == #""\u0000\b\t\n\f\r\u001f \"\\/\u003c\u003e\u0026\u2028\u2029ž😀""#)
        #expect(String(decoding: GoJSON.string([0x61, 0xFF]), as: UTF8.self) == "\"a\u{FFFD}\"")
    }

    @Test func namesAreBytes() throws {
        // One letter in two spellings.
        let body = try TestRequest.Body.form(pairs: [("\u{E9}", "1"), ("e\u{301}", "2")])
        let json = String(buffer: TestRequest.post("/", body: body).body)
        #expect(Array(json.utf8) == Array("{\"e\u{301}\":\"2\",\"\u{E9}\":\"1\"}".utf8))
    }

    @Test(arguments: [127, 128]) func deepNamesAreDropped(_ depth: Int) throws {
        let name = "a" + String(repeating: "[b]", count: depth - 1)
        let request = TestRequest.post("/", body: try .form(pairs: [(name, "x")]))
        #expect((request.body.readableBytes > 0) == (depth <= 127))
    }

    /// Compared with a real RoadRunner's result for the same parts.
    @Test func filesAreDescribedAsByRoadRunner() throws {
        func file(_ name: String, _ filename: String, _ type: String?, _ text: String, error: Int = 0) -> TestRequest.Body.Part {
            .file(name, filename: filename, contentType: type, content: ByteBuffer(string: text), error: error)
        }
        let request = TestRequest.post(
            "/",
            body: try .multipart([
                .field("title", "žluť"), .field("tags[]", "a"), .field("tags[]", "b"),
                file("doc", "a.txt", "text/plain", "file content 1"),
                file("list[]", "one.bin", "application/octet-stream", String(repeating: "x", count: 64)),
                file("list[]", "two.PNG", "image/png", "png..."), file("nested[x][y]", "n.txt", nil, "nested"),
                file("evil", "shell.PHP", "application/x-php", "<?php", error: 8), file("empty", "empty.txt", "text/plain", ""),
                file("nofile", "", nil, ""), file("doc", "second.txt", nil, "is dropped"),
            ]))
        #expect(String(buffer: request.body) == #"{"nofile":"","tags":["a","b"],"title":"žluť"}"#)
        let uploads = try TemporaryUploads(try #require(request.files))
        let json = String(buffer: uploads.json).replacing(/"tmpName":"[^"]+\/upload[^"]+"/, with: #""tmpName":"T""#)
        #expect(
            json == """
                {"doc":{"name":"a.txt","mime":"text/plain","size":14,"error":0,"tmpName":"T"},\
                "empty":{"name":"empty.txt","mime":"text/plain","size":0,"error":0,"tmpName":"T"},\
                "evil":{"name":"shell.PHP","mime":"application/x-php","size":0,"error":8,"tmpName":""},\
                "list":[{"name":"one.bin","mime":"application/octet-stream","size":64,"error":0,"tmpName":"T"},\
                {"name":"two.PNG","mime":"image/png","size":6,"error":0,"tmpName":"T"}],\
                "nested":{"x":{"y":{"name":"n.txt","mime":"","size":6,"error":0,"tmpName":"T"}}}}
                """)
    }

    @Test func aMultipartFormWithoutFilesHasNoneInItsUploads() throws {
        let request = TestRequest.put("/", body: try .multipart([.field("a", "1")]))
        #expect(String(buffer: try TemporaryUploads(try #require(request.files)).json) == "{}")
        #expect(request.isParsed)
        // Go reads multipart bodies with any method that has one.
        #expect(String(buffer: TestRequest.delete("/", body: try .multipart([.field("a", "1")])).body) == #"{"a":"1"}"#)
        #expect(TestRequest(.options, "/", body: try .multipart([.field("a", "1")])).body.readableBytes == 0)
        #expect(!TestRequest(.options, "/", body: try .form(["a": "1"])).isParsed)
    }

    @Test func clientsPathsAreDropped() throws {
        let part = TestRequest.Body.Part.file("f", filename: "../../etc/pass\"wd\r\n", content: ByteBuffer())
        let request = TestRequest.post("/", body: try .multipart([part]))
        let json = String(buffer: try TemporaryUploads(try #require(request.files)).json)
        #expect(json.contains(#""name":"pass%22wd%0D%0A""#))
    }
}
