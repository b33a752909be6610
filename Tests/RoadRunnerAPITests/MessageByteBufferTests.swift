import Foundation
import NIOCore
import RoadRunnerAPI
import SwiftProtobuf
import Testing

/// Messages that are encoded into buffers, and decoded from them.
struct MessageByteBufferTests {
    private static let message = KVRequest.with {
        $0.storage = "cache"
        $0.items = [
            .with { ($0.key, $0.value) = ("k", Data(repeating: 7, count: 5000)) }, .with { $0.timeout = "2026-01-01T00:00:00Z" },
        ]
    }

    @Test func theBytesAreThoseOfAnyEncoding() throws {
        let bytes: [UInt8] = try Self.message.serializedBytes()
        #expect(try Array(Self.message.serializedBuffer().readableBytesView) == bytes)
        #expect(try KVRequest(serializedBuffer: ByteBuffer(bytes: bytes)) == Self.message)
    }

    @Test func onlyReadableBytesCount() throws {
        var buffer = ByteBuffer(string: "before")
        buffer.writeImmutableBuffer(try Self.message.serializedBuffer())
        buffer.writeString("after")
        buffer.moveReaderIndex(forwardBy: 6)
        buffer.moveWriterIndex(to: buffer.writerIndex - 5)
        #expect(try KVRequest(serializedBuffer: buffer) == Self.message)
    }

    @Test func emptyMessagesAreEmptyBuffers() throws {
        #expect(try KVRequest().serializedBuffer().readableBytes == 0)
        #expect(try KVRequest(serializedBuffer: ByteBuffer()) == KVRequest())
    }

    @Test func whatIsNoMessageIsAnError() throws {
        var buffer = try Self.message.serializedBuffer()
        buffer.moveWriterIndex(to: buffer.writerIndex - 1)
        #expect(throws: BinaryDecodingError.self) { try KVRequest(serializedBuffer: buffer) }
    }
}
