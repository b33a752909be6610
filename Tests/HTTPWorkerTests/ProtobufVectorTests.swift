import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import Testing
import TestSupport

@testable import HTTPWorker

/// Random messages written by Google's protobuf library, and what they say: `Tests/Fixtures/protobuf-requests.json`.
///
/// They have fields that `http.v1.Request` has not, of every wire type, since newer servers may send more.
@Suite struct ProtobufVectorTests {
    private struct Vector: Decodable {
        let hex: String
        let method: String
        let uri: String
        let remoteAddress: String?
        let `protocol`: String?
        let headers: [String: [String]]
        let isParsed: Bool
        let uploads: String
        let attributes: [String: [String]]
    }

    @Test func messagesOfAnotherImplementationAreDecoded() throws {
        let data = try Data(contentsOf: Recording.fixtures.appending(path: "protobuf-requests.json"))
        let vectors = try JSONDecoder().decode([Vector].self, from: data)
        #expect(vectors.count == 60)
        var decoder = HTTPRequestDecoder()
        // Twice: the second time most header lines come from memory.
        for vector in vectors + vectors {
            let bytes = try #require(Recording.bytes(hex: vector.hex))
            let decoded = try decoder.decode(Payload(context: ByteBuffer(bytes: bytes), body: ByteBuffer()))
            let head = decoded.request.head
            #expect(head.method.rawValue == vector.method)
            #expect("\(head.scheme ?? "")://\(head.authority ?? "")\(head.path ?? "")" == vector.uri)
            #expect(decoded.info.remoteAddress == vector.remoteAddress ?? "")
            #expect(decoded.info.protocolVersion == vector.protocol ?? "")
            #expect(decoded.info.isParsed == vector.isParsed)
            #expect(Array(decoded.info.uploads.readableBytesView) == Recording.bytes(hex: vector.uploads))
            #expect(decoded.info.attributes == vector.attributes)
            for (name, values) in vector.headers {
                let fields = head.headerFields[fields: try #require(HTTPField.Name(name))]
                let actual = fields.map { field in field.withUnsafeBytesOfValue { Array($0) } }
                #expect(actual == values.compactMap { Recording.bytes(hex: $0) }, "\(name)")
            }
            #expect(head.headerFields.count == vector.headers.values.reduce(0) { $0 + $1.count })
        }
    }
}
