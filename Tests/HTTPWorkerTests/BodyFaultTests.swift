import HTTPTypes
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

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
        let cancelled = Gate()
        try await withStream { _ in
            do { try await Task.sleep(for: .seconds(3600)) } catch { cancelled.open() }
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

    @Test func finishingTwiceThrows() async throws {
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

    @Test func keptWriterThrowsAfterTheEnd() async throws {
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

    @Test func handlerThatContinuesAfterItsResponseDelaysOnlyTheNextRequest() async throws {
        let signal = Gate()
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
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
            signal.open()
            #expect(try await worker.finishResponse().text == "ok")
        }
    }
}

/// A writer that outlives its body.
private final class KeptWriter: @unchecked Sendable {
    private var writer: any ResponseBodyWriter
    init(_ writer: any ResponseBodyWriter) { self.writer = writer }
    func write(_ text: String) async throws { try await self.writer.write(ByteBuffer(string: text)) }
}
