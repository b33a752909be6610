import Goridge
import HTTPTypes
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import Testing
import TestSupport

/// Serves `/ok`, and a streamed body everywhere else.
private func withStream<Result>(
    headers: HTTPFields = [:], contentLength: Int? = nil, environment: [String: String] = [:],
    _ write: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void,
    _ body: (TestWorker) async throws -> Result
) async throws -> Result {
    try await withHandler(environment: environment) { request, _ in
        if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
        return Response(status: .ok, headers: headers, body: ResponseBody(contentLength: contentLength, write))
    } _: { worker async throws in
        try await body(worker)
    }
}

/// Something that happens once, and can be awaited.
private final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    init() { (self.stream, self.continuation) = AsyncStream.makeStream() }
    func fire() { self.continuation.finish() }
    func wait() async { for await _ in self.stream {} }
}

/// The relay ends while a request is in hand: its handler is cancelled, and the worker ends.
private func expectCancelledByDisconnect(_ worker: TestWorker, _ cancelled: Signal) async throws {
    try await worker.begin(.get("/"))
    // The request has to be in hand.
    #expect(await worker.receivesNothing(for: .milliseconds(50)))
    await worker.disconnect()
    await cancelled.wait()
    #expect(try await worker.waitForExit() == .exited(0))
}

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
                // Each chunk is here before the next one exists.
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
        let signal = Signal()
        try await withStream(contentLength: 2) { writer in
            try await writer.write(ByteBuffer(string: "ab"))
            await signal.wait()
            try await writer.finish(nil)
        } _: { worker async throws in
            try await worker.stream(.get("/")) { response async throws in
                var iterator = response.makeAsyncIterator()
                #expect(try await iterator.next().map { String(buffer: $0) } == "ab")
                signal.fire()
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
                // Let it run into the wall, then look how far it came.
                try await Task.sleep(for: .milliseconds(200))
                #expect(written.withLock { $0 } < 20_000_000)
                while let chunk = try await iterator.next() { received += chunk.readableBytes }
                #expect(received == 40_000_000)
            }
            try await expectStillInStep(worker)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    @Test func leavingClientCancelsTheHandlerAndGetsOneTerminalFrame() async throws {
        let cancelled = Signal()
        try await withStream { writer in
            do {
                while true {
                    try await writer.write(ByteBuffer(string: "tick"))
                    try await Task.sleep(for: .milliseconds(5))
                }
            } catch {
                cancelled.fire()
                throw error
            }
        } _: { worker async throws in
            try await worker.stream(.get("/")) { response async throws in
                var iterator = response.makeAsyncIterator()
                _ = try await iterator.next()
            }
            await cancelled.wait()
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            try await expectStillInStep(worker)
        }
    }

    @Test func waitingHandlerIsCancelledBySTOPAtOnce() async throws {
        try await withStream { writer in
            try await writer.write(ByteBuffer(string: "x"))
            try await Task.sleep(for: .seconds(3600))
        } _: { worker async throws in
            let took = try await ContinuousClock().measure {
                try await worker.stream(.get("/")) { response async throws in
                    var iterator = response.makeAsyncIterator()
                    _ = try await iterator.next()
                }
            }
            #expect(took < .seconds(10))
            try await expectStillInStep(worker)
        }
    }

    @Test func endlessBodyThatNeverSuspendsIsStoppedWithin100Milliseconds() async throws {
        let stopped = Mutex<[ContinuousClock.Instant]>([])
        try await withStream { writer in
            defer { stopped.withLock { $0.append(.now) } }
            while true { try await writer.write(ByteBuffer(string: "x")) }
        } _: { worker async throws in
            // Other tests run beside this one, so that the best of a few counts.
            var best = Duration.seconds(3600)
            for _ in 0..<10 where best >= .milliseconds(100) {
                try await worker.begin(.get("/"))
                for _ in 0..<20 { _ = try await worker.nextFrame() }
                let asked = ContinuousClock.now
                try await worker.disconnectClient()
                try await expectStillInStep(worker)
                best = min(best, try #require(stopped.withLock { $0.last }) - asked)
            }
            print("endlessBodyThatNeverSuspendsIsStoppedWithin100Milliseconds: \(best)")
            #expect(best < .milliseconds(100))
        }
    }

    @Test func stopCommandCancelsAStreamAndEndsTheWorker() async throws {
        try await withStream { writer in
            while true {
                try await writer.write(ByteBuffer(string: "x"))
                try await Task.sleep(for: .milliseconds(5))
            }
        } _: { worker async throws in
            try await worker.begin(.get("/"))
            _ = try await worker.nextFrame()
            try await worker.stop()
            var last = try await worker.nextFrame()
            while last.stream.contains(.stream) { last = try await worker.nextFrame() }
            #expect(last.payload.readableBytes == 0)
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test func stopCommandLetsABufferedAnswerFinish() async throws {
        let mayAnswer = Signal()
        try await withHandler { _, _ in
            await mayAnswer.wait()
            return Response(status: .ok, body: text("done"))
        } _: { worker async throws in
            try await worker.begin(.get("/"))
            try await worker.stop()
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            mayAnswer.fire()
            #expect(try await worker.finishResponse().text == "done")
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test func handlerThatNeverAnswersIsGivenUpAtTheDeadline() async throws {
        try await TestWorker.with(kernel: Stubborn.self) { worker async throws in
            try await worker.begin(.get("/"))
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(1))
        }
    }

    @Test func endOfTheRelayCancelsTheHandler() async throws {
        let cancelled = Signal()
        try await withHandler { _, _ in
            do { try await Task.sleep(for: .seconds(3600)) } catch { cancelled.fire() }
            return Response(status: .ok)
        } _: { worker async throws in
            try await expectCancelledByDisconnect(worker, cancelled)
        }
    }

    @Test func mainActorIsFreeForHandlers() async throws {
        try await withHandler { _, _ in
            let answer = await MainActor.run { "main" }
            return Response(status: .ok, body: text(answer))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "main")
        }
    }
}

/// Never answers, whatever it is told, and has a short deadline.
private struct Stubborn: Kernel {
    init(_ boot: BootContext) {}
    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.stopDeadline = .milliseconds(200)
        return options
    }
    var workers: some Workers {
        HTTP(
            CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in
                while true { try? await Task.sleep(for: .milliseconds(50)); await Task.yield() }
            })
    }
}

@Suite(.timeLimit(.minutes(1))) struct BodyFaultTests {
    @Test func bodyThatThrowsBeforeItsFirstChunkIsAProper500() async throws {
        try await withStream { _ in
            throw Broken()
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 500)
            #expect(!response.isStreamed)
            #expect(!response.text.contains("broken"))
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyThatThrowsAfterAChunkEndsTheStream() async throws {
        try await withStream { writer in
            try await writer.write(ByteBuffer(string: "begun"))
            throw Broken()
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 200)
            #expect(response.text == "begun")
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyOfKnownLengthThatThrowsAfterWritingAllOfItIsAProper500() async throws {
        try await withStream(contentLength: 2) { writer in
            try await writer.write(ByteBuffer(string: "ab"))
            throw Broken()
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 500)
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyThatNeverYieldsIsCancelledByTheEndOfTheRelay() async throws {
        let cancelled = Signal()
        try await withStream { _ in
            do { try await Task.sleep(for: .seconds(3600)) } catch { cancelled.fire() }
        } _: { worker async throws in
            try await expectCancelledByDisconnect(worker, cancelled)
        }
    }

    @Test func bodyThatReturnsWithoutFinishingIsFinished() async throws {
        try await withStream { writer in
            try await writer.write(ByteBuffer(string: "x"))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "x")
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyThatNeitherWritesNorFinishesIsFinished() async throws {
        try await withStream { _ in
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 200)
            #expect(response.body.readableBytes == 0)
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyThatFinishesTwiceIsToldSo() async throws {
        let code = Mutex<ResponseBodyWriterError.Code?>(nil)
        try await withStream { writer in
            try await writer.write(ByteBuffer(string: "x"))
            let again = writer
            try await writer.finish(nil)
            do { try await again.finish(nil) } catch let error as ResponseBodyWriterError { code.withLock { $0 = error.code } }
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "x")
            try await expectStillInStep(worker)
            #expect(code.withLock { $0 } == .alreadyFinished)
        }
    }

    @Test func keptWriterIsDeadAfterTheEnd() async throws {
        let kept = Mutex<KeptWriter?>(nil)
        try await withStream { writer in
            try await writer.write(ByteBuffer(string: "x"))
            let copy = KeptWriter(writer)
            kept.withLock { $0 = copy }
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "x")
            let writer = try #require(kept.withLock { $0 })
            await #expect(throws: ResponseBodyWriterError.self) { try await writer.write("late") }
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            try await expectStillInStep(worker)
            await #expect(throws: ResponseBodyWriterError.self) { try await writer.write("later") }
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyMayBeWrittenFromElsewhere() async throws {
        try await withStream { writer in
            let copy = KeptWriter(writer)
            try await Task.detached {
                for number in 0..<100 { try await copy.write("\(number),") }
            }.value
            try await writer.finish(nil)
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == (0..<100).map { "\($0)," }.joined())
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyLongerThanItsContentLengthIsCut() async throws {
        let code = Mutex<ResponseBodyWriterError.Code?>(nil)
        try await withStream(headers: [.contentLength: "5"]) { writer in
            try await writer.write(ByteBuffer(string: "abc"))
            do {
                try await writer.write(ByteBuffer(string: "defgh"))
            } catch let error as ResponseBodyWriterError {
                code.withLock { $0 = error.code }
                throw error
            }
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.text == "abcde")
            #expect(code.withLock { $0 } == .contentLengthExceeded)
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyThatWritesAlthoughItsContentLengthIsZeroIsAProper500() async throws {
        try await withStream(headers: [.contentLength: "0"]) { writer in
            try await writer.write(ByteBuffer(string: "abc"))
            try await writer.finish(nil)
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 500)
            try await expectStillInStep(worker)
        }
    }

    @Test func bodyShorterThanItsContentLengthEnds() async throws {
        try await withStream(headers: [.contentLength: "50"]) { writer in
            try await writer.write(ByteBuffer(string: "abc"))
            try await writer.finish(nil)
        } _: { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.text == "abc")
            #expect(response.head["Content-Length"] == ["50"])
            try await expectStillInStep(worker)
        }
    }

    @Test func handlerThatGoesOnAfterItsAnswerDelaysOnlyTheNextRequest() async throws {
        let signal = Signal()
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "x"))
                    try await writer.finish(nil)
                    await signal.wait()
                })
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "x")
            try await worker.begin(.get("/ok"))
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            signal.fire()
            #expect(try await worker.finishResponse().text == "ok")
        }
    }
}

/// Answers, and then never returns from `/stuck`, whatever it is told. Its deadline is short.
private struct Lingering: Kernel {
    init(_ boot: BootContext) {}
    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.stopDeadline = .milliseconds(300)
        return options
    }
    var workers: some Workers {
        HTTP(
            CallbackResponder<BasicRoadRunnerRequestContext> { request, _ in
                guard request.uri.path == "/stuck" else { return Response(status: .ok, body: text("ok")) }
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        try await writer.write(ByteBuffer(string: "x"))
                        try await writer.finish(nil)
                        while true {
                            try? await Task.sleep(for: .milliseconds(50))
                            await Task.yield()
                        }
                    })
            })
    }
}

@Suite(.timeLimit(.minutes(1))) struct LingeringTests {
    @Test func handlerThatNeverReturnsIsLeftBehind() async throws {
        try await TestWorker.with(kernel: Lingering.self) { worker async throws in
            for _ in 0..<3 {
                #expect(try await worker.send(.get("/stuck")).text == "x")
                try await expectStillInStep(worker)
            }
        }
    }
}

/// A writer that outlives its body.
private final class KeptWriter: @unchecked Sendable {
    private var writer: any ResponseBodyWriter
    init(_ writer: any ResponseBodyWriter) { self.writer = writer }
    func write(_ text: String) async throws { try await self.writer.write(ByteBuffer(string: text)) }
}
