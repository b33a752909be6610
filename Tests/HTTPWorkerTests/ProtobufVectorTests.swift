import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerAPI
import RoadRunnerRuntime
import SwiftProtobuf
import TestSupport
import Testing

@testable import HTTPWorker

/// Compares random messages from Google's protobuf library with their contents, which are recorded in
/// `Tests/Fixtures/protobuf-requests.json`.
///
/// They have fields of every wire type that `http.v1.Request` lacks, since newer servers may send more.
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
        // Twice: the second time most header lines come from the cache.
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

    /// Compares random messages with swift-protobuf, in both directions.
    @Test func theCodecAgreesWithSwiftProtobuf() throws {
        var random = SeededGenerator.forTest()
        var decoder = HTTPRequestDecoder()
        func text(_ lengths: ClosedRange<Int>) -> String {
            let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789-_/ž🐎")
            return String((0..<Int.random(in: lengths, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
        }
        func value() -> Data {
            Data((0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0x21...0x7E, using: &random) })
        }
        for _ in 0..<500 {
            var message = HTTPPayloadRequest()
            message.method = ["GET", "POST", "PURGE"].randomElement(using: &random) ?? "GET"
            message.uri = "http://h/" + text(0...40)
            message.remoteAddr = text(0...20)
            message.protocol = "HTTP/1.1"
            message.parsed = .random(using: &random)
            message.uploads = value()
            for index in 0..<Int.random(in: 0...8, using: &random) {
                message.header["X-\(index)"] = .with {
                    $0.value = (0...Int.random(in: 0...2, using: &random)).map { _ in value() }
                }
            }
            for index in 0..<Int.random(in: 0...3, using: &random) {
                message.attributes["a\(index)"] = .with { $0.value = [Data(text(0...9).utf8)] }
            }
            let decoded = try decoder.decode(
                Payload(context: ByteBuffer(bytes: try message.serializedBytes() as [UInt8]), body: ByteBuffer()))
            #expect(decoded.request.head.method.rawValue == message.method)
            #expect(decoded.info.remoteAddress == message.remoteAddr)
            #expect(decoded.info.isParsed == message.parsed)
            #expect(Data(decoded.info.uploads.readableBytesView) == message.uploads)
            #expect(
                decoded.info.attributes == message.attributes.mapValues { $0.value.map { String(decoding: $0, as: UTF8.self) } })
            for (name, values) in message.header {
                let fields = decoded.request.head.headerFields[fields: try #require(HTTPField.Name(name))]
                #expect(fields.map { field in field.withUnsafeBytesOfValue { Data($0) } } == values.value)
            }

            // Swift-protobuf can decode the encoder's output.
            let status = Int.random(in: 200...599, using: &random)
            var buffer = ByteBuffer()
            HTTPResponseEncoder.encode(status: status, decoded.request.headers, contentLength: .keep, into: &buffer)
            let response = try HTTPPayloadResponse(serializedBytes: Array(buffer.readableBytesView))
            #expect(response.status == Int64(status))
            #expect(response.headers.mapValues(\.value) == message.header.mapValues(\.value))
        }
    }
}
