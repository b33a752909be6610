import Goridge
import HTTPTypes
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    @Test func leavingClientCancelsTheHandlerAndGetsOneTerminalFrame() async throws {
        let cancelled = Gate()
        try await withStream { writer in
            do {
                while true {
                    try await writer.write(ByteBuffer(string: "tick"))
                    try await Task.sleep(for: .milliseconds(5))
                }
            } catch {
                cancelled.open()
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
            // Other tests run concurrently, so the best of several attempts counts.
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

    @Test func stopCommandLetsABufferedResponseFinish() async throws {
        let mayAnswer = Gate()
        try await withHandler { _, _ in
            await mayAnswer.wait()
            return Response(status: .ok, body: .text("done"))
        } _: { worker async throws in
            try await worker.begin(.get("/"))
            try await worker.stop()
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            mayAnswer.open()
            #expect(try await worker.finishResponse().text == "done")
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test func handlerThatNeverRespondsIsAbandonedAtTheDeadline() async throws {
        try await TestWorker.with(kernel: Stubborn.self) { worker async throws in
            try await worker.begin(.get("/"))
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(1))
        }
    }

    @Test func endOfTheRelayCancelsTheHandler() async throws {
        let cancelled = Gate()
        try await withHandler { _, _ in
            do { try await Task.sleep(for: .seconds(3600)) } catch { cancelled.open() }
            return Response(status: .ok)
        } _: { worker async throws in
            try await expectCancelledByDisconnect(worker, cancelled)
        }
    }

    @Test func mainActorIsFreeForHandlers() async throws {
        try await withHandler { _, _ in
            let answer = await MainActor.run { "main" }
            return Response(status: .ok, body: .text(answer))
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "main")
        }
    }
}

/// Never responds, even when cancelled, and has a short deadline.
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
