import Foundation
import NIOCore
import RoadRunnerAPI
import RoadRunnerRuntime
import SwiftProtobuf
import Testing

@testable import RoadRunnerTesting

@Suite struct ResponseTests {
    private func head(_ status: Int64, _ headers: [String: [String]] = [:]) throws -> ResponseHead {
        var message = HTTPPayloadResponse()
        message.status = status
        message.headers = headers.mapValues { values in .with { $0.value = values.map { Data($0.utf8) } } }
        return try ResponseHead(ByteBuffer(bytes: message.serializedBytes() as [UInt8]))
    }

    private func response(_ head: ResponseHead, _ later: [ResponseHead.Line] = []) -> WorkerResponse {
        WorkerResponse(informational: [], head: head, body: ByteBuffer(), frames: [], trailerLines: later)
    }

    @Test func headersAreThoseOfAClient() throws {
        let head = try self.head(
            200,
            [
                "X-B": ["2", "1"], "a": ["x"], "no name": ["x"], "Trailer:X-Sum": ["7"], "Trailer": ["X-Named, X-None"],
                "x-named": ["8"],
            ])
        let response = self.response(head)
        let headers = response.headers.map { "\($0.name.rawName)=\($0.value)" }
        #expect(headers == ["Trailer=X-Named, X-None", "X-B=2", "X-B=1", "a=x"])
        #expect(response.trailers.map { "\($0.name.rawName)=\($0.value)" } == ["X-Sum=7", "x-named=8"])
        // All lines that the worker wrote.
        #expect(response.lines.count == 7)
        let lines = try self.head(0, ["X-Named": ["9"], "Lost": ["x"]]).headers
        let later = self.response(try self.head(200, ["Trailer": ["X-Named"]]), lines)
        #expect(later.trailers == [HTTPField.Name(known: "X-Named"): "9"])
    }

    @Test(arguments: [-1, 1000, Int64.max, Int64.min]) func invalidStatusesAreErrorsNotTraps(_ status: Int64) {
        let error = #expect(throws: TestWorkerError.self) { try self.head(status) }
        #expect(error?.code == .malformedResponse)
    }

    @Test(arguments: [[0xFF], [0x12, 0x05, 0x01], [0x08]] as [[UInt8]]) func brokenContextsAreErrors(_ bytes: [UInt8]) {
        let error = #expect(throws: TestWorkerError.self) { try ResponseHead(ByteBuffer(bytes: bytes)) }
        #expect(error?.code == .malformedResponse)
    }

    @Test func aContextWithoutAStatusHasNone() throws {
        #expect(try ResponseHead(ByteBuffer()).status == 0)
        #expect(try self.response(self.head(404)).status == .notFound)
    }
}
