import Goridge
import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    @Test func asyncSequenceArrivesChunkByChunk() async throws {
        let (chunks, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        try await withHandler { _, _ in
            Response(status: .ok, headers: [.contentType: "text/plain"], body: ResponseBody(asyncSequence: chunks))
        } _: { worker async throws in
            source.yield(ByteBuffer(string: "one"))
            try await worker.stream(.get("/")) { response async throws in
                #expect(response.status == 200)
                #expect(response.head["Content-Type"] == ["text/plain"])
                #expect(response.head["Content-Length"] == [])
                var iterator = response.makeAsyncIterator()
                // Each chunk arrives before the next one exists.
                for chunk in ["one", "two", "three"] {
                    #expect(try await iterator.next().map { String(buffer: $0) } == chunk)
                    if chunk == "three" {
                        source.finish()
                    } else {
                        source.yield(ByteBuffer(string: chunk == "one" ? "two" : "three"))
                    }
                }
                #expect(try await iterator.next() == nil)
            }
        }
    }

    @Test func headComesWithTheFirstChunkAndOnlyThere() async throws {
        try await withStream { writer in
            for number in 0..<5 {
                try await writer.write(ByteBuffer(string: "\(number)"))
                await Task.yield()
            }
            try await writer.finish(nil)
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.text == "01234")
            #expect(response.frames[0].options[0] > 0)
            #expect(response.frames[0].payload.readableBytes == Int(response.frames[0].options[0]) + 1)
            #expect(response.frames.dropFirst().allSatisfy { $0.options[0] == 0 })
            #expect(response.frames.dropLast().allSatisfy { $0.stream == .stream })
            #expect(response.frames.last?.stream == [])
        }
    }

    @Test func largeChunksAreSplit() async throws {
        let chunk = ByteBuffer(repeating: 1, count: 1_000_000)
        try await withStream { writer in
            try await writer.write(chunk)
            try await writer.finish(nil)
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.body == chunk)
            #expect(response.frames.count == 5)
            #expect(response.frames.allSatisfy { $0.payload.readableBytes <= 256 * 1024 + 100 })
        }
    }

    @Test func emptyChunksAreNotSent() async throws {
        try await withStream { writer in
            try await writer.write(ByteBuffer())
            try await writer.write(ByteBuffer(string: "x"))
            try await writer.write(ByteBuffer())
            try await writer.finish(nil)
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).frames.count == 2)
        }
    }

    @Test func trailersAreInTheLastFrame() async throws {
        try await withStream { writer in
            try await writer.write(ByteBuffer(string: "x"))
            try await writer.finish([.init("X-Checksum")!: "abc"])
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.trailerLines.map { "\($0.name)=\($0.text)" } == ["Trailer:X-Checksum=abc"])
        }
    }

    @Test func knownLengthIsAnnouncedForStreamsToo() async throws {
        try await withStream(contentLength: 4) { writer in
            try await writer.write(ByteBuffer(string: "ab"))
            try await Task.sleep(for: .milliseconds(5))
            try await writer.write(ByteBuffer(string: "cd"))
            try await writer.finish(nil)
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.isStreamed)
            #expect(response.head["Content-Length"] == ["4"])
            #expect(response.text == "abcd")
        }
    }

    @Test func completeBodyIsNotKeptBackWhileItsHandlerWaits() async throws {
        let signal = Gate()
        try await withStream(contentLength: 2) { writer in
            try await writer.write(ByteBuffer(string: "ab"))
            await signal.wait()
            try await writer.finish(nil)
        } _: { worker async throws in
            try await worker.stream(.get("/")) { response async throws in
                var iterator = response.makeAsyncIterator()
                #expect(try await iterator.next().map { String(buffer: $0) } == "ab")
                signal.open()
                #expect(try await iterator.next() == nil)
            }
        }
    }

    @Test func slowClientHoldsTheBodyBack() async throws {
        let written = Mutex(0)
        try await withStream { writer in
            for _ in 0..<400 {
                try await writer.write(ByteBuffer(repeating: 1, count: 100_000))
                written.withLock { $0 += 100_000 }
            }
            try await writer.finish(nil)
        } _: { worker async throws in
            try await worker.stream(.get("/")) { response async throws in
                var iterator = response.makeAsyncIterator()
                var received = try await iterator.next()?.readableBytes ?? 0
                // Lets the writer run into back-pressure, then checks its progress.
                try await Task.sleep(for: .milliseconds(200))
                #expect(written.withLock { $0 } < 20_000_000)
                while let chunk = try await iterator.next() { received += chunk.readableBytes }
                #expect(received == 40_000_000)
            }
            try await expectStillInStep(worker)
        }
    }
}
