import Goridge
import NIOCore
import TestSupport
import Testing

/// Frames as the reference implementation reads and writes them, byte for byte.
private let vectors: [(name: String, hex: String, frame: Frame)] = [
    (
        "pid request", "13 09 0d 00 00 00 3a 6b fa cb 00 00 7b 22 70 69 64 22 3a 31 32 33 34 35 7d",
        Frame(flags: [.control, .json], payload: ByteBuffer(string: #"{"pid":12345}"#))
    ),
    (
        "stop command", "13 09 0d 00 00 00 3a 6b fa cb 00 00 7b 22 73 74 6f 70 22 3a 74 72 75 65 7d",
        Frame(flags: [.control, .json], payload: ByteBuffer(string: #"{"stop":true}"#))
    ),
    (
        "recycle request", "14 00 0d 00 00 00 f3 39 ef db 00 00 0d 00 00 00 7b 22 73 74 6f 70 22 3a 74 72 75 65 7d",
        Frame(options: [13], payload: ByteBuffer(string: #"{"stop":true}"#))
    ),
    (
        "answer", "14 80 05 00 00 00 8e a1 bd af 00 00 03 00 00 00 08 c8 01 68 69",
        Frame(flags: .proto, options: [3], payload: ByteBuffer(bytes: [0x08, 0xC8, 0x01, 0x68, 0x69]))
    ),
    (
        "first chunk of a stream", "14 80 04 00 00 00 eb c6 01 17 01 00 03 00 00 00 08 c8 01 61",
        Frame(flags: .proto, stream: .stream, options: [3], payload: ByteBuffer(bytes: [0x08, 0xC8, 0x01, 0x61]))
    ),
    (
        "chunk with a ping", "14 80 01 00 00 00 d9 36 df 20 05 00 00 00 00 00 62",
        Frame(flags: .proto, stream: [.stream, .ping], options: [0], payload: ByteBuffer(string: "b"))
    ),
    ("end of a stream", "14 80 00 00 00 00 bc 51 63 98 00 00 00 00 00 00", Frame(flags: .proto, options: [0])),
    ("pong", "13 00 00 00 00 00 96 d1 80 34 08 00", Frame(stream: .pong)),
    ("stop of a stream", "13 00 00 00 00 00 96 d1 80 34 02 00", Frame(stream: .stop)),
    ("error", "13 40 04 00 00 00 88 1e 11 e3 00 00 62 6f 6f 6d", Frame(flags: .error, payload: ByteBuffer(string: "boom"))),
    (
        "RPC request",
        "15 80 13 00 00 00 68 7a 93 11 00 00 01 00 00 00 06 00 00 00 6b 76 2e 48 61 73 0a 06 6d 65 6d 6f 72 79 12 03 0a 01 6b",
        Frame(
            flags: .proto, options: [1, 6],
            payload: ByteBuffer(bytes: Array("kv.Has".utf8) + [0x0A, 6] + Array("memory".utf8) + [0x12, 3, 0x0A, 1, 0x6B]))
    ),
]

@Suite struct FrameTests {
    @Test(arguments: vectors.indices) func vectorIsWrittenByteForByte(_ index: Int) throws {
        var buffer = ByteBuffer()
        try buffer.writeFrame(vectors[index].frame)
        #expect(Array(buffer.readableBytesView) == Recording.bytes(hex: vectors[index].hex), "\(vectors[index].name)")
    }

    @Test(arguments: vectors.indices) func vectorIsRead(_ index: Int) throws {
        var decoder = FrameDecoder()
        decoder.feed(ByteBuffer(bytes: try #require(Recording.bytes(hex: vectors[index].hex))))
        #expect(try decoder.next() == vectors[index].frame, "\(vectors[index].name)")
        #expect(try decoder.next() == nil)
        try decoder.finish()
    }

    @Test func theOutboundBufferWritesTheBytesOfAWholeFrame() throws {
        var outbound = OutboundBuffer()
        try outbound.append(flags: .proto, stream: .stream, body: ByteBuffer(string: "a")) { $0.writeBytes([0x08, 0xC8, 0x01]) }
        #expect(outbound.drain() == Recording.bytes(hex: vectors[4].hex))
    }

    @Test func decoderTakesAnySplitOfItsInput() throws {
        let bytes = try vectors.flatMap { try #require(Recording.bytes(hex: $0.hex)) }
        for split in 0...bytes.count {
            var decoder = FrameDecoder()
            var frames: [Frame] = []
            for part in [bytes[..<split], bytes[split...]] {
                decoder.feed(ByteBuffer(bytes: part))
                while let frame = try decoder.next() { frames.append(frame) }
            }
            #expect(frames == vectors.map(\.frame))
        }
    }

    @Test func decoderTakesSingleBytes() throws {
        var decoder = FrameDecoder()
        var frames: [Frame] = []
        for byte in try vectors.flatMap({ try #require(Recording.bytes(hex: $0.hex)) }) {
            decoder.feed(ByteBuffer(bytes: [byte]))
            while let frame = try decoder.next() { frames.append(frame) }
        }
        #expect(frames == vectors.map(\.frame))
    }

    @Test func endInsideAFrameIsAnErrorAtEveryByte() throws {
        let bytes = try #require(Recording.bytes(hex: vectors[3].hex))
        for count in 1..<bytes.count {
            var decoder = FrameDecoder()
            decoder.feed(ByteBuffer(bytes: bytes[..<count]))
            #expect(try decoder.next() == nil)
            let error = #expect(throws: FrameError.self) { try decoder.finish() }
            #expect(error?.code == .truncated)
        }
    }

    @Test func garbageIsRefusedAndQuoted() {
        var decoder = FrameDecoder()
        decoder.feed(ByteBuffer(string: "Fatal error: something was printed"))
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(error?.code == .checksumMismatch)
        #expect(error?.description.contains("46 61 74 61 6c") == true)
        // The decoder cannot recover.
        let again = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(again == error)
    }

    @Test func everyFlippedBitOfTheChecksummedBytesIsFound() throws {
        let bytes = try #require(Recording.bytes(hex: vectors[3].hex))
        for bit in 0..<(10 * 8) {
            var broken = bytes
            broken[bit / 8] ^= 1 << (bit % 8)
            var decoder = FrameDecoder()
            decoder.feed(ByteBuffer(bytes: broken))
            let error = #expect(throws: FrameError.self) { try decoder.next() }
            #expect(error?.code == .checksumMismatch)
        }
    }

    @Test func otherVersionIsRefused() {
        var decoder = FrameDecoder()
        decoder.feed(header(versionAndWords: 0x23, length: 0))
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(error?.code == .unsupportedVersion)
    }

    @Test(arguments: [0, 1, 2, 14, 15] as [UInt8]) func impossibleHeaderLengthIsRefused(_ words: UInt8) {
        var decoder = FrameDecoder()
        decoder.feed(header(versionAndWords: 0x10 | words, length: 0))
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(error?.code == .malformedHeader)
    }

    @Test func tenOptionsAreRead() throws {
        let frame = Frame(options: [1, 2, 3, 4, 5, 6, 7, 8, 9, .max], payload: ByteBuffer(string: "x"))
        var buffer = ByteBuffer()
        try buffer.writeFrame(frame)
        var decoder = FrameDecoder()
        decoder.feed(buffer)
        #expect(try decoder.next() == frame)
    }

    @Test func announcedLengthOverTheLimitIsRefusedByTheHeader() {
        var decoder = FrameDecoder(maximumPayloadSize: 1000)
        decoder.feed(header(versionAndWords: 0x13, length: 1001))
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(error?.code == .payloadTooLarge)
    }

    @Test(arguments: [1, 7, 12, 16, 100, 5000]) func payloadsOverTheLimitAreSkipped(_ step: Int) throws {
        let options: FrameOptions = [3, 4]
        let small = Frame(flags: .proto, options: [1], payload: ByteBuffer(string: "ab"))
        var bytes = ByteBuffer()
        try bytes.writeFrame(
            Frame(flags: .json, stream: .stream, options: options, payload: ByteBuffer(repeating: 0x13, count: 1001)))
        try bytes.writeFrame(small)
        try bytes.writeFrame(Frame(payload: ByteBuffer(repeating: 0, count: 1000)))
        var decoder = FrameDecoder(maximumPayloadSize: 1000)
        var found: [DecodedFrame] = []
        while bytes.readableBytes > 0 {
            decoder.feed(bytes.readSlice(length: min(step, bytes.readableBytes)) ?? bytes)
            while let frame = try decoder.nextOrOversized() { found.append(frame) }
        }
        try decoder.finish()
        #expect(found.count == 3)
        guard case .oversized(let skipped) = found[0] else {
            Issue.record("\(found[0]) was not skipped")
            return
        }
        #expect(skipped.flags == .json && skipped.stream == .stream && skipped.options == options)
        #expect(skipped.length == 1001 && skipped.limit == 1000)
        #expect(found[1] == .frame(small))
    }

    @Test func anEndInsideASkippedPayloadIsAnError() throws {
        var decoder = FrameDecoder(maximumPayloadSize: 1000)
        decoder.feed(header(versionAndWords: 0x13, length: 2000))
        decoder.feed(ByteBuffer(repeating: 0, count: 1999))
        #expect(try decoder.nextOrOversized() == nil)
        let error = #expect(throws: FrameError.self) { try decoder.finish() }
        #expect(error?.code == .truncated)
    }

    /// Skipped bytes are not buffered.
    @Test func skippingDoesNotGrowTheBuffer() throws {
        var decoder = FrameDecoder(maximumPayloadSize: 1000)
        decoder.feed(header(versionAndWords: 0x13, length: UInt32.max))
        var largest = 0
        for _ in 0..<100 {
            _ = decoder.withUnsafeWritableBytes(minimum: 65536) { buffer in
                largest = max(largest, buffer.count)
                return buffer.count
            }
            #expect(try decoder.nextOrOversized() == nil)
        }
        #expect(largest <= 1024 * 1024)
    }

    /// Only a large payload retains its storage, for as long as it lives.
    @Test func theDecoderReleasesTheBufferOfALargePayload() throws {
        var decoder = FrameDecoder()
        var bytes = ByteBuffer()
        try bytes.writeFrame(Frame(payload: ByteBuffer(repeating: 0, count: 4 * 1024 * 1024)))
        decoder.feed(bytes)
        _ = try decoder.next()
        #expect(decoder.bufferCapacity == 0)
    }

    @Test func announcedLengthAloneDoesNotAllocate() throws {
        var decoder = FrameDecoder()
        decoder.feed(header(versionAndWords: 0x13, length: 200 * 1024 * 1024))
        #expect(try decoder.next() == nil)
        var offered = 0
        _ = decoder.withUnsafeWritableBytes(minimum: 1024) { buffer in
            offered = buffer.count
            return 0
        }
        #expect(offered <= 2 * 1024 * 1024)
    }

    @Test func continuousFramesDoNotGrowTheBuffer() throws {
        var connection = ByteBuffer()
        for _ in 0..<8 {
            try connection.writeFrame(Frame(flags: .proto, options: [0], payload: ByteBuffer(repeating: 1, count: 1000)))
        }
        let bytes = Array(connection.readableBytesView)
        var decoder = FrameDecoder()
        var position = 0
        var largest = 0
        // Each piece ends inside a frame.
        for _ in 0..<20_000 {
            let count = 1017
            _ = decoder.withUnsafeWritableBytes(minimum: count) { buffer in
                largest = max(largest, buffer.count)
                for index in 0..<count { buffer[index] = bytes[(position + index) % bytes.count] }
                return count
            }
            position += count
            while try decoder.next() != nil {}
        }
        #expect(largest < 512 * 1024)
    }

    @Test func randomFramesSurviveRandomChunks() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<300 {
            var expected: [Frame] = []
            var connection = ByteBuffer()
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                var options = FrameOptions()
                for _ in 0..<Int.random(in: 0...10, using: &random) {
                    options.append(UInt32.random(in: 0 ... .max, using: &random))
                }
                let frame = Frame(
                    flags: Frame.Flags(rawValue: .random(in: 0 ... .max, using: &random)),
                    stream: Frame.StreamFlags(rawValue: .random(in: 0 ... .max, using: &random)),
                    options: options, payload: ByteBuffer(bytes: random.bytes(Int.random(in: 0...3000, using: &random))))
                expected.append(frame)
                try connection.writeFrame(frame)
            }
            var decoder = FrameDecoder()
            var frames: [Frame] = []
            while connection.readableBytes > 0 {
                let count = Int.random(in: 1...min(connection.readableBytes, 2000), using: &random)
                guard let part = connection.readSlice(length: count) else { break }
                decoder.feed(part)
                while let frame = try decoder.next() { frames.append(frame) }
            }
            #expect(frames == expected, "\(random)")
            try decoder.finish()
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = SeededGenerator.forTest()
        for _ in 0..<20_000 {
            var decoder = FrameDecoder(maximumPayloadSize: 4096)
            var bytes = random.bytes(Int.random(in: 0...64, using: &random))
            if bytes.count >= 12, Bool.random(using: &random) {
                // A valid checksum, so the decoder reads the rest.
                let crc = FrameHeader.checksum(
                    versionAndWords: bytes[0], flags: bytes[1],
                    payloadLength: UInt32(bytes[2]) | UInt32(bytes[3]) << 8 | UInt32(bytes[4]) << 16 | UInt32(bytes[5]) << 24)
                for index in 0..<4 { bytes[6 + index] = UInt8(truncatingIfNeeded: crc >> (8 * UInt32(index))) }
            }
            decoder.feed(ByteBuffer(bytes: bytes))
            do { while try decoder.next() != nil {} } catch {}
            do { try decoder.finish() } catch {}
        }
    }

    private func header(versionAndWords: UInt8, length: UInt32) -> ByteBuffer {
        let crc = FrameHeader.checksum(versionAndWords: versionAndWords, flags: 0, payloadLength: length)
        var buffer = ByteBuffer(bytes: [versionAndWords, 0])
        buffer.writeInteger(length, endianness: .little)
        buffer.writeInteger(crc, endianness: .little)
        buffer.writeRepeatingByte(0, count: 2)
        return buffer
    }
}
