import Goridge
import NIOCore
import TestSupport
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite struct OutboundBufferTests {
    @Test func anySequenceOfWritesAndPartialSendsKeepsTheBytes() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<200 {
            var outbound = OutboundBuffer()
            var expected: [UInt8] = []
            var received: [UInt8] = []
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                if Bool.random(using: &random) {
                    // Sizes above and below the limit for copying.
                    let bytes = random.bytes(Int.random(in: 0...1, using: &random) == 0 ? 100 : 20_000)
                    outbound.append(ByteBuffer(bytes: bytes))
                    expected += bytes
                } else {
                    let waiting = outbound.waitingBytes()
                    let taken = Int.random(in: 0...waiting.count, using: &random)
                    received += waiting[..<taken]
                    outbound.consume(taken)
                }
                #expect(outbound.byteCount == expected.count - received.count, "\(random)")
            }
            received += outbound.drain()
            #expect(received == expected, "\(random)")
        }
    }

    /// A frame has the same bytes whether it is written in place or not.
    @Test func framesWrittenInPlaceHaveTheSameBytes() throws {
        var random = SeededGenerator.forTest()
        var (inPlace, otherwise) = (OutboundBuffer(), OutboundBuffer())
        var inPlaceCount = 0
        for _ in 0..<500 {
            let context = random.bytes(Int.random(in: 0...300, using: &random))
            let body = ByteBuffer(bytes: random.bytes([0, 10, 1000, 16_383, 16_384, 20_000].randomElement(using: &random) ?? 0))
            let stream: Frame.StreamFlags = Bool.random(using: &random) ? .stream : []
            let bound = Int.random(in: 0...400, using: &random)
            let before = inPlace.byteCount
            let isAppended = inPlace.appendInPlace(flags: .proto, stream: stream, bound: bound, body: body) { memory in
                guard context.count <= memory.count else { return nil }
                memory.copyBytes(from: context)
                return context.count
            }
            #expect(isAppended == (context.count <= bound && body.readableBytes < 16_384), "\(random)")
            if isAppended {
                inPlaceCount += 1
                try otherwise.append(flags: .proto, stream: stream, body: body) { $0.writeBytes(context) }
            } else {
                #expect(inPlace.byteCount == before)
            }
            if Int.random(in: 0...9, using: &random) == 0 {
                let taken = Int.random(in: 0...inPlace.waitingBytes().count, using: &random)
                #expect(Array(inPlace.waitingBytes()[..<taken]) == Array(otherwise.waitingBytes()[..<taken]), "\(random)")
                inPlace.consume(taken)
                otherwise.consume(taken)
            }
        }
        #expect(inPlace.byteCount == otherwise.byteCount)
        #expect(inPlace.drain() == otherwise.drain(), "\(random)")
        #expect(inPlaceCount > 50)
    }

    @Test func largeBodiesAreNotCopied() throws {
        var outbound = OutboundBuffer()
        let body = ByteBuffer(repeating: 7, count: 1024 * 1024)
        let address = body.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        try outbound.append(flags: .proto, stream: [], body: body) { $0.writeString("context") }
        let addresses = outbound.withUnsafeVectors { vectors in vectors.map { UInt(bitPattern: $0.iov_base) } }
        #expect(addresses.contains(address))
    }
}

extension OutboundBuffer {
    /// Copies the bytes of the next write.
    mutating func waitingBytes() -> [UInt8] {
        self.withUnsafeVectors { vectors in
            vectors.flatMap { Array(UnsafeRawBufferPointer(start: $0.iov_base, count: $0.iov_len)) }
        }
    }

    /// Consumes all waiting bytes, as after a complete write.
    mutating func drain() -> [UInt8] {
        var bytes: [UInt8] = []
        while !self.isEmpty {
            let waiting = self.waitingBytes()
            bytes += waiting
            self.consume(waiting.count)
        }
        return bytes
    }
}
