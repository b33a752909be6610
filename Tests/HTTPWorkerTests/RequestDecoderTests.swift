import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerTesting

@Suite struct RequestDecoderTests {
    private func decode(_ request: TestRequest) throws -> DecodedRequest {
        var decoder = HTTPRequestDecoder()
        return try decoder.decode(Payload(context: request.encodedContext(), body: request.body))
    }

    @Test(
        arguments: [
            ("http://example.org:8080/a/b?x=1&y=2", "http", "example.org:8080", "/a/b?x=1&y=2"),
            ("https://example.org/", "https", "example.org", "/"),
            ("http://example.org", "http", "example.org", "/"),
            ("http:///path", "http", nil, "/path"),
            ("http://h/?", "http", "h", "/?"),
            ("http://h//a/../b%2Fc", "http", "h", "//a/../b%2Fc"),
            ("http://[::1]:80/x", "http", "[::1]:80", "/x"),
            ("http://h/a:b://c", "http", "h", "/a:b://c"),
            ("/only/a/path://x", nil, nil, "/only/a/path://x"),
        ] as [(String, String?, String?, String)]
    )
    func uriIsSplit(_ uri: String, _ scheme: String?, _ authority: String?, _ path: String) throws {
        var request = TestRequest.get("/")
        request.uri = uri
        let head = try decode(request).request.head
        #expect(head.scheme == scheme)
        #expect(head.authority == authority)
        #expect(head.path == path)
    }

    @Test func headerLinesKeepTheirDuplicatesAndBytes() throws {
        var request = TestRequest.get("/", headers: [("Accept", "a"), ("X-List", "1"), ("X-List", "2"), ("X-Empty", "")])
        request.rawHeaders.append(("X-Latin1", [0x63, 0x61, 0x66, 0xE9]))
        request.rawHeaders.append(("X-Long", Array(String(repeating: "v", count: 9000).utf8)))
        let headers = try decode(request).request.headers
        #expect(headers.map(\.name.rawName) == ["Accept", "X-Empty", "X-Latin1", "X-List", "X-List", "X-Long"])
        #expect(headers[values: try #require(HTTPField.Name("X-List"))] == ["1", "2"])
        #expect(headers[2].withUnsafeBytesOfValue { Array($0) } == [0x63, 0x61, 0x66, 0xE9])
        #expect(headers[5].value.utf8.count == 9000)
    }

    @Test func invalidHeaderNamesAreDropped() throws {
        let headers = try decode(.get("/", headers: [("", "x"), ("a b", "x"), ("ok", "x"), (":path", "x"), ("ž", "x")])).request
            .headers
        #expect(headers.map(\.name.rawName) == ["ok"])
    }

    @Test func rememberedLinesAreNotMixedUp() throws {
        var random = SeededGenerator.forTest()
        var decoder = HTTPRequestDecoder()
        for _ in 0..<3000 {
            let lines = (0..<Int.random(in: 0...6, using: &random)).map { index in
                (
                    "X-\(index)-\(Int.random(in: 0...9, using: &random))",
                    String(repeating: "v", count: Int.random(in: 0...300, using: &random))
                )
            }
            let request = TestRequest.get("/", headers: lines)
            let decoded = try decoder.decode(Payload(context: request.encodedContext(), body: ByteBuffer()))
            // Lines of different names may change their order, which RoadRunner does not keep either.
            let decodedLines = decoded.request.headers.map { "\($0.name.rawName): \($0.value)" }
            #expect(decodedLines.sorted() == lines.map { "\($0.0): \($0.1)" }.sorted(), "\(random)")
        }
    }

    @Test func tooManyHeaderLinesAreRefusedNotTrapped() throws {
        var request = TestRequest.get("/")
        request.rawHeaders = (0..<70_000).map { _ in ("X", [0x31]) }
        let error = #expect(throws: RequestDecodingError.self) { try decode(request) }
        #expect(error?.status == .requestHeaderFieldsTooLarge)
    }

    @Test(arguments: ["", "GE T", "GET\r\n"]) func invalidMethodIsRefused(_ method: String) {
        var request = TestRequest.get("/")
        request.rawMethod = method
        #expect(throws: RequestDecodingError.self) { try decode(request) }
    }

    @Test func everythingElseIsKept() throws {
        var request = TestRequest.post("/", body: "body")
        request.isParsed = true
        request.uploads = ByteBuffer(string: "{}")
        request.attributes = ["traced": ["1", "2"]]
        request.protocolVersion = "HTTP/2.0"
        request.remoteAddress = "2001:db8::1"
        let info = try decode(request).info
        #expect(info.isParsed)
        #expect(String(buffer: info.uploads) == "{}")
        #expect(info.attributes == ["traced": ["1", "2"]])
        #expect(info.protocolVersion == "HTTP/2.0")
        #expect(info.remoteSocketAddress?.ipAddress == "2001:db8::1")
    }

    @Test func truncationAtEveryByteIsAnErrorOrAShorterMessageButNoTrap() throws {
        let context = TestRequest.get("/path?x=1", headers: [("Accept", "text/html"), ("X-List", "1"), ("X-List", "2")])
            .encodedContext()
        var decoder = HTTPRequestDecoder()
        for count in 0..<context.readableBytes {
            let part = try #require(context.getSlice(at: 0, length: count))
            _ = try? decoder.decode(Payload(context: part, body: ByteBuffer()))
        }
    }

    @Test func mutatedMessagesNeverTrap() throws {
        var random = SeededGenerator.forTest()
        let original = Array(
            TestRequest.post("/path?x=1", headers: [("Accept", "text/html"), ("X-List", "1"), ("X-List", "2")], body: "")
                .encodedContext()
                .readableBytesView)
        var decoder = HTTPRequestDecoder()
        for _ in 0..<50_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0 ... .max, using: &random)
                case 1: bytes.insert(.random(in: 0 ... .max, using: &random), at: Int.random(in: bytes.indices, using: &random))
                default: if bytes.count > 1 { bytes.remove(at: Int.random(in: bytes.indices, using: &random)) }
                }
            }
            _ = try? decoder.decode(Payload(context: ByteBuffer(bytes: bytes), body: ByteBuffer()))
        }
    }

    @Test func varintsOfEveryLengthAreRead() {
        for (bytes, expected) in [
            ([0x08, 0x00], 0), ([0x08, 0x7F], 127), ([0x08, 0x80, 0x01], 128),
            ([0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], UInt64.max),
        ] as [([UInt8], UInt64)] {
            bytes.withUnsafeBytes { pointer in
                var reader = ProtobufReader(pointer)
                guard case .varint(let value)? = try? reader.next()?.field else {
                    Issue.record("no number")
                    return
                }
                #expect(value == expected)
            }
        }
        [UInt8](repeating: 0xFF, count: 12).withUnsafeBytes { pointer in
            var reader = ProtobufReader(pointer)
            #expect(throws: ProtobufError.malformedVarint) { try reader.next() }
        }
    }
}
