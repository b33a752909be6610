import HTTPTypes
import NIOCore
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerTesting

@Suite struct ResponseEncoderTests {
    private func encode(_ fields: HTTPFields, status: Int = 200) throws -> ResponseHead {
        var buffer = ByteBuffer()
        HTTPResponseEncoder.encode(status: status, fields, contentLength: .keep, into: &buffer)
        return try ResponseHead(buffer)
    }

    @Test func smallestHeadHasTheReferencesBytes() {
        var buffer = ByteBuffer()
        HTTPResponseEncoder.encode(status: 200, [:], contentLength: .keep, into: &buffer)
        #expect(Array(buffer.readableBytesView) == [0x08, 0xC8, 0x01])
    }

    @Test func linesOfOneNameBecomeOneEntryInOrder() throws {
        var fields: HTTPFields = [.contentType: "text/html"]
        fields.append(HTTPField(name: .setCookie, value: "a=1"))
        fields.append(HTTPField(name: .cacheControl, value: "no-cache"))
        fields.append(HTTPField(name: .setCookie, value: "b=2"))
        let head = try encode(fields, status: 404)
        #expect(head.status == 404)
        #expect(
            head.headers.map { "\($0.name): \($0.text)" } == [
                "Cache-Control: no-cache", "Content-Type: text/html", "Set-Cookie: a=1", "Set-Cookie: b=2",
            ])
    }

    @Test func randomHeadsAreReadBackAsWritten() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<300 {
            var fields = HTTPFields()
            var expected: [String: [String]] = [:]
            for _ in 0..<Int.random(in: 0...80, using: &random) {
                let name = "X-\(Int.random(in: 0...30, using: &random))"
                let value = String(repeating: "z", count: Int.random(in: 1...400, using: &random))
                fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
                expected[name, default: []].append(value)
            }
            let head = try encode(fields, status: Int.random(in: 100...599, using: &random))
            let actual = Dictionary(grouping: head.headers, by: \.name).mapValues { $0.map(\.text) }
            #expect(actual == expected, "\(random)")
        }
    }

    @Test func transferEncodingIsLeftToRoadRunner() throws {
        #expect(try encode([.transferEncoding: "chunked", .server: "x"]).headers.map(\.name) == ["Server"])
    }
}
