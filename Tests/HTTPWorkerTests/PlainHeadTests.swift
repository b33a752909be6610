import HTTPTypes
import NIOCore
import TestSupport
import Testing

@testable import HTTPWorker

@Suite struct PlainHeadTests {
    /// A head has the same bytes whether it is written in place or not.
    @Test func headsWrittenInPlaceHaveTheSameBytes() throws {
        var random = SeededGenerator.forTest()
        var plainCount = 0
        let special: [HTTPField.Name] = [.contentLength, .trailer, .transferEncoding, .setCookie, .server]
        for _ in 0..<5000 {
            var fields = HTTPFields()
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let name =
                    Int.random(in: 0...3, using: &random) == 0
                    ? try #require(special.randomElement(using: &random))
                    : try #require(HTTPField.Name("X-\(Int.random(in: 0...40, using: &random))"))
                let value = String(repeating: "z", count: Int.random(in: 0...200, using: &random))
                fields.append(HTTPField(name: name, value: value))
            }
            let length: HTTPResponseEncoder.ContentLength =
                [.keep, .remove, .set(Int.random(in: 0...Int.max, using: &random))].randomElement(using: &random) ?? .keep
            let status = Int.random(in: 100...999, using: &random)
            var expected = ByteBuffer()
            HTTPResponseEncoder.encode(status: status, fields, contentLength: length, into: &expected)
            var memory = [UInt8](repeating: 0xFF, count: Int.random(in: 0...2048, using: &random))
            let count = memory.withUnsafeMutableBytes {
                HTTPResponseEncoder.encodePlain(status: status, fields, contentLength: length, into: $0)
            }
            guard let count else { continue }
            plainCount += 1
            #expect(Array(memory[..<count]) == Array(expected.readableBytesView), "\(random)")
        }
        #expect(plainCount > 1000)
        var memory = [UInt8](repeating: 0, count: 2048)
        let usual: HTTPFields = [.contentType: "text/plain", .contentLength: "18", .server: "x"]
        let count = memory.withUnsafeMutableBytes {
            HTTPResponseEncoder.encodePlain(status: 200, usual, contentLength: .keep, into: $0)
        }
        #expect(count != nil)
    }
}
