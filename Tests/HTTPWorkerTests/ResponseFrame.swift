import Goridge
import NIOCore
import RoadRunnerAPI
import SwiftProtobuf
import Testing

/// The contents of a response's frame, regardless of the order of its headers.
struct ResponseFrame: Equatable {
    let flags: Frame.Flags
    let stream: Frame.StreamFlags
    let context: HTTPPayloadResponse
    let body: [UInt8]

    init(_ frame: Frame) throws {
        var body = frame.payload
        let context = body.readSlice(length: Int(frame.options.first ?? 0)) ?? ByteBuffer()
        self.flags = frame.flags
        self.stream = frame.stream
        self.context = try HTTPPayloadResponse(serializedBytes: Array(context.readableBytesView))
        self.body = Array(body.readableBytesView)
    }

    init(recorded bytes: [UInt8]) throws {
        var decoder = FrameDecoder()
        decoder.feed(ByteBuffer(bytes: bytes))
        try self.init(try #require(try decoder.next()))
    }
}
