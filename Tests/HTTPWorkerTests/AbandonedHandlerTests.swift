import Configuration
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerRuntime

/// The gates of a test. Kernels, which have only their configuration, find them by an id in it.
private final class Stage: Sendable {
    private static let all = Mutex<[String: Stage]>([:])
    let id = String(UInt64.random(in: 0 ... .max))
    let abandoned = Gate()
    let returned = Gate()
    let entered = Gate()
    let leave = Gate()
    let resets = Mutex(0)
    let cancelled = Mutex(0)
    init() { Self.all.withLock { $0[self.id] = self } }
    static func named(_ id: String?) -> Stage { Self.all.withLock { $0[id ?? ""] } ?? Stage() }
}

private struct CountedResettable: Resettable {
    let stage: Stage
    func reset() { self.stage.resets.withLock { $0 += 1 } }
}

/// `/abandoned` responds and keeps running, also when cancelled, until the test opens a gate.
private struct AbandoningKernel: Kernel {
    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.stopDeadline = .seconds(3)
        options.http.afterResponseDeadline = .seconds(3600)
        return options
    }

    let stage: Stage

    init(_ boot: BootContext) {
        self.stage = Stage.named(boot.configuration.string(forKey: "stage"))
        boot.register(CountedResettable(stage: self.stage))
    }

    var workers: some Workers {
        let stage = self.stage
        return HTTP(
            CallbackResponder<BasicRoadRunnerRequestContext> { request, context in
                switch request.uri.path {
                case "/abandoned":
                    return Response(
                        status: .ok,
                        body: ResponseBody { writer in
                            try await writer.write(ByteBuffer(string: "x"))
                            try await writer.finish(nil)
                            await Task.detached { await stage.abandoned.wait() }.value
                            stage.returned.open()
                        })
                case "/waits":
                    stage.entered.open()
                    await stage.leave.wait()
                case "/works":
                    context.afterResponse {
                        stage.entered.open()
                        do { try await Task.sleep(for: .seconds(3600)) } catch { stage.cancelled.withLock { $0 += 1 } }
                    }
                default: break
                }
                return Response(status: .ok, body: .text("ok"))
            })
    }
}

/// An abandoned handler returns while another request is in flight.
@Suite(.timeLimit(.minutes(1))) struct AbandonedHandlerTests {
    private func withAbandoned(_ body: (TestWorker, Stage) async throws -> Void) async throws {
        let stage = Stage()
        try await TestWorker.with(kernel: AbandoningKernel.self, environment: ["STAGE": stage.id]) { worker async throws in
            #expect(try await worker.send(.get("/abandoned")).text == "x")
            try await body(worker, stage)
        }
    }

    @Test func itsResetWaitsForTheRequestInFlight() async throws {
        try await self.withAbandoned { worker, stage async throws in
            try await worker.begin(.get("/waits"))
            await stage.entered.wait()
            stage.abandoned.open()
            await stage.returned.wait()
            try await Task.sleep(for: .milliseconds(50))
            #expect(stage.resets.withLock { $0 } == 0)
            stage.leave.open()
            #expect(try await worker.finishResponse().text == "ok")
            try await expectStillInStep(worker)
            #expect(stage.resets.withLock { $0 } >= 1)
        }
    }

    @Test func resetsContinueAlthoughItNeverReturns() async throws {
        try await self.withAbandoned { worker, stage async throws in
            for _ in 0..<3 { try await expectStillInStep(worker) }
            #expect(stage.resets.withLock { $0 } >= 2)
            stage.abandoned.open()
        }
    }

    @Test func itsReturnDoesNotHideTheStopFromTheRequestInFlight() async throws {
        try await self.withAbandoned { worker, stage async throws in
            #expect(try await worker.send(.get("/works")).text == "ok")
            await stage.entered.wait()
            stage.abandoned.open()
            await stage.returned.wait()
            try await Task.sleep(for: .milliseconds(50))
            try await worker.stop()
            // The work is cancelled in time, and the worker abandons nothing.
            #expect(try await worker.waitForExit() == .exited(0))
            #expect(stage.cancelled.withLock { $0 } == 1)
        }
    }
}
