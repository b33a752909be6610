import HTTPTypes
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ResponseDeadlineTests {
    @Test func aBodyWithoutAFirstChunkInTimeIs504() async throws {
        let wasCancelled = Mutex(false)
        try await DeadlineKernel.with(requestDeadline: .milliseconds(50)) { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    do { try await Task.sleep(for: .seconds(600)) } catch { wasCancelled.withLock { $0 = true } }
                    try await writer.write(ByteBuffer(string: "too late"))
                })
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 504)
            try await expectStillInStep(worker)
            for _ in 0..<4000 where !wasCancelled.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
            #expect(wasCancelled.withLock { $0 })
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
        }
    }

    /// One limit applies to handler and body together.
    @Test func handlerAndBodyShareTheDeadline() async throws {
        try await DeadlineKernel.with(requestDeadline: .seconds(8)) { _, _ in
            try await Task.sleep(for: .seconds(7))
            return Response(status: .ok, body: ResponseBody { _ in try await Task.sleep(for: .seconds(600)) })
        } _: { worker async throws in
            let start = ContinuousClock.now
            #expect(try await worker.send(.get("/")).status == 504)
            // Two limits would take 15 seconds.
            #expect(ContinuousClock.now - start < .seconds(14))
        }
    }

    @Test func aBodyThatHasBegunHasNoDeadline() async throws {
        try await DeadlineKernel.with(requestDeadline: .milliseconds(100)) { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "a"))
                    try await Task.sleep(for: .milliseconds(300))
                    try await writer.write(ByteBuffer(string: "b"))
                })
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "ab")
            try await expectStillInStep(worker)
        }
    }

    /// The client already has a 504.
    @Test func lateHandlersSendNoInformationalResponse() async throws {
        let gate = Gate()
        let code = Mutex<InformationalError.Code?>(nil)
        try await DeadlineKernel.with(requestDeadline: .milliseconds(50), environment: ["RR_VERSION": "2026.1.0"]) { _, context in
            await Task.detached { await gate.wait() }.value
            do {
                try await context.sendInformational(headers: [:])
            } catch let error as InformationalError {
                code.withLock { $0 = error.code }
            }
            return Response(status: .ok)
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 504)
            gate.open()
            for _ in 0..<4000 where code.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(5)) }
            #expect(code.withLock { $0 } == .tooLate)
            try await expectStillInStep(worker)
        }
    }
}
