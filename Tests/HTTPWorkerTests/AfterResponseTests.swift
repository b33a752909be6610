import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import RoadRunnerWeb
import Synchronization
import TestSupport
import Testing

@testable import HTTPWorker

/// Opens a gate on deinitialization.
private final class Kept: Sendable {
    let freed: Gate
    init(freed: Gate) { self.freed = freed }
    deinit { self.freed.open() }
}

@Suite(.timeLimit(.minutes(1))) struct AfterResponseTests {
    @Test func clientsDoNotWaitAndTheNextRequestDoes() async throws {
        let gate = Gate()
        let log = Mutex<[String]>([])
        try await withText { request, context in
            log.withLock { $0.append(request.uri.path) }
            if request.uri.path == "/first" {
                context.afterResponse {
                    await gate.wait()
                    log.withLock { $0.append("work 1") }
                }
                context.afterResponse { log.withLock { $0.append("work 2") } }
            }
            return "answer"
        } _: { worker async throws in
            // The response arrives while the work waits.
            #expect(try await worker.send(.get("/first")).text == "answer")
            #expect(log.withLock { $0 } == ["/first"])
            try await worker.begin(.get("/second"))
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            gate.open()
            #expect(try await worker.finishResponse().text == "answer")
            #expect(log.withLock { $0 } == ["/first", "work 1", "work 2", "/second"])
        }
    }

    @Test func failuresAreLoggedAndTheNextWorkIsDone() async throws {
        let done = Mutex(0)
        try await withText { _, context in
            context.afterResponse { throw Broken() }
            context.afterResponse {
                // Work may add further work.
                context.afterResponse { done.withLock { $0 += 1 } }
                done.withLock { $0 += 1 }
            }
            return "answer"
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "answer")
            try await expectStillInStep(worker)
            #expect(done.withLock { $0 } == 2)
        }
    }

    @Test func workIsDoneAfterStreamsThrownErrorsAndClientsThatLeave() async throws {
        let done = Mutex<[String]>([])
        try await withHandler { request, context in
            let path = request.uri.path
            if path == "/ok" { return Response(status: .ok, body: .text("ok")) }
            context.afterResponse {
                // Not cancelled, regardless of the request's outcome.
                try await Task.sleep(for: .milliseconds(1))
                done.withLock { $0.append(path) }
            }
            if path == "/throw" { throw Broken() }
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    for _ in 0..<(path == "/leave" ? 1_000_000 : 3) {
                        try await writer.write(ByteBuffer(string: "x"))
                        try await Task.sleep(for: .milliseconds(1))
                    }
                })
        } _: { worker async throws in
            #expect(try await worker.send(.get("/stream")).text == "xxx")
            try await expectStillInStep(worker)
            #expect(try await worker.send(.get("/throw")).status == 500)
            try await expectStillInStep(worker)
            #expect(try await worker.send(TestRequest("HEAD", "/head")).status == 200)
            try await expectStillInStep(worker)
            try await worker.stream(.get("/leave")) { response in for try await _ in response { break } }
            try await expectStillInStep(worker)
            #expect(done.withLock { $0 } == ["/stream", "/throw", "/head", "/leave"])
        }
    }

    @Test func theDeadlineCancels() async throws {
        struct Impatient: Kernel {
            static let wasCancelled = Mutex(false)
            static var options: RuntimeOptions {
                var options = RuntimeOptions()
                options.http.afterResponseDeadline = .milliseconds(50)
                return options
            }
            init(_ boot: BootContext) {}
            var workers: some Workers {
                HTTP(
                    CallbackResponder<BasicRoadRunnerRequestContext> { _, context in
                        context.afterResponse {
                            do { try await Task.sleep(for: .seconds(60)) } catch { Self.wasCancelled.withLock { $0 = true } }
                        }
                        context.afterResponse { Issue.record("the work began after the deadline") }
                        return Response(status: .ok, body: .text("ok"))
                    })
            }
        }
        try await TestWorker.with(kernel: Impatient.self) { worker async throws in
            try await expectStillInStep(worker)
            try await expectStillInStep(worker)
            #expect(Impatient.wasCancelled.withLock { $0 })
        }
    }

    /// Durations beyond the range of clocks are clamped.
    @Test func deadlinesMayExceedTheRangeOfClocks() async throws {
        struct Patient: Kernel {
            static let worked = Mutex(0)
            static var options: RuntimeOptions {
                var options = RuntimeOptions()
                options.http.afterResponseDeadline = .seconds(Int64.max)
                options.http.requestDeadline = .seconds(Int64.max)
                options.stopDeadline = .seconds(Int64.max)
                return options
            }
            init(_ boot: BootContext) {}
            var workers: some Workers {
                HTTP(
                    CallbackResponder<BasicRoadRunnerRequestContext> { request, context in
                        context.afterResponse {
                            try await Task.sleep(for: .milliseconds(20))
                            Self.worked.withLock { $0 += 1 }
                        }
                        guard request.uri.path == "/events" else { return Response(status: .ok, body: .text("ok")) }
                        let (events, event) = AsyncStream.makeStream(of: ServerSentEvent.self)
                        Task {
                            try await Task.sleep(for: .milliseconds(20))
                            event.yield(ServerSentEvent(data: "x", retry: .seconds(Int64.max)))
                            event.finish()
                        }
                        return .events(events, keepAlive: .seconds(Int64.max))
                    })
            }
        }
        try await TestWorker.with(kernel: Patient.self) { worker async throws in
            try await expectStillInStep(worker)
            #expect(try await worker.send(.get("/events")).text.hasSuffix("data: x\n\n"))
            try await expectStillInStep(worker)
            #expect(Patient.worked.withLock { $0 } >= 2)
        }
    }

    @Test func aStopCommandShortensIt() async throws {
        struct Ending: Kernel {
            static let ended = Mutex<[String]>([])
            static var options: RuntimeOptions {
                var options = RuntimeOptions()
                options.http.afterResponseDeadline = .seconds(3600)
                options.stopDeadline = .seconds(16)
                return options
            }
            init(_ boot: BootContext) {}
            var workers: some Workers {
                HTTP(
                    CallbackResponder<BasicRoadRunnerRequestContext> { _, context in
                        context.afterResponse {
                            do { try await Task.sleep(for: .seconds(3600)) } catch {
                                Self.ended.withLock { $0.append("cancelled") }
                            }
                        }
                        return Response(status: .ok, body: .text("ok"))
                    })
            }
        }
        try await TestWorker.with(kernel: Ending.self) { worker async throws in
            try await expectStillInStep(worker)
            try await worker.stop()
            // In time, so the worker abandons nothing.
            #expect(try await worker.waitForExit() == .exited(0))
            #expect(Ending.ended.withLock { $0 } == ["cancelled"])
        }
    }

    @Test func shortWorkFinishesBeforeTheExit() async throws {
        let done = Mutex(false)
        try await withText { _, context in
            context.afterResponse {
                try await Task.sleep(for: .milliseconds(100))
                done.withLock { $0 = true }
            }
            return "answer"
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).text == "answer")
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
            #expect(done.withLock { $0 })
        }
    }

    /// Work from an abandoned handler, or from a task that outlives its handler, comes too late: it would never be freed.
    @Test func lateWorkIsRefused() async throws {
        let (gate, done, freed) = (Gate(), Gate(), Gate())
        try await withText { request, context in
            guard request.uri.path == "/late" else { return "ok" }
            _ = Task<Void, Never>.detached {
                await gate.wait()
                let kept = Kept(freed: freed)
                context.afterResponse { withExtendedLifetime((kept, context)) { _ = Issue.record("the late work was done") } }
                done.open()
            }
            return "answer"
        } _: { worker async throws in
            #expect(try await worker.send(.get("/late")).text == "answer")
            try await expectStillInStep(worker)
            gate.open()
            await done.wait()
            // Kept with its request, the work would keep itself alive.
            await freed.wait()
        }
    }

    /// The next request waits for the work no longer than the deadline.
    @Test func workThatIgnoresItsCancellationIsAbandoned() async throws {
        struct Stuck: Kernel {
            static var options: RuntimeOptions {
                var options = RuntimeOptions()
                options.http.afterResponseDeadline = .milliseconds(50)
                return options
            }
            init(_ boot: BootContext) {}
            var workers: some Workers {
                HTTP(
                    CallbackResponder<BasicRoadRunnerRequestContext> { _, context in
                        context.afterResponse { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
                        context.afterResponse { Issue.record("the work began after the deadline") }
                        return Response(status: .ok, body: .text("ok"))
                    })
            }
        }
        try await TestWorker.with(kernel: Stuck.self) { worker async throws in
            for _ in 0..<3 { try await expectStillInStep(worker) }
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }
}
