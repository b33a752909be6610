import Goridge
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

private let boots = Mutex<[String: Int]>([:])
private func boot(_ name: String) { boots.withLock { $0[name, default: 0] += 1 } }
private func count(_ name: String) -> Int { boots.withLock { $0[name] ?? 0 } }

private func answering(_ answer: String) -> HTTP {
    HTTP(CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in Response(status: .ok, body: .text(answer)) })
}

private struct LazyKernel: Kernel {
    init(_ context: BootContext) async throws {
        boot("lazy")
        try await Task.sleep(for: .milliseconds(100))
    }
    var workers: some Workers { answering("ok") }
}

private struct EagerKernel: Kernel {
    init(_ context: BootContext) { boot("eager") }
    var workers: some Workers { answering("ok") }
}

private struct FailingKernel: Kernel {
    init(_ context: BootContext) throws {
        boot("failing")
        throw Broken()
    }
    var workers: some Workers { answering("never") }
}

private final class Recorder: Service {
    let events = Mutex<[String]>([])
    func run() async throws {
        self.events.withLock { $0.append("started") }
        try await gracefulShutdown()
        self.events.withLock { $0.append("stopped") }
    }
}

private let recorder = Recorder()

private struct ServingKernel: Kernel {
    init(_ context: BootContext) {}
    var workers: some Workers { answering("ok") }
    var services: [any Service] { [recorder] }
}

private struct FailingService: Service {
    func run() async throws { throw Broken() }
}

private struct BrokenServiceKernel: Kernel {
    init(_ context: BootContext) {}
    var workers: some Workers { answering("ok") }
    var services: [any Service] { [FailingService()] }
}

@Suite(.timeLimit(.minutes(1)), .serialized) struct KernelBootTests {
    @Test func lazyBootHappensOnceWithTheFirstRequest() async throws {
        try await TestWorker.with(kernel: LazyKernel.self, environment: ["HTTP_LAZY_BOOT": "true"]) { worker async throws in
            #expect(count("lazy") == 0)
            try await expectStillInStep(worker)
            try await expectStillInStep(worker)
            #expect(count("lazy") == 1)
        }
    }

    @Test func eagerBootHappensBeforeTheHandshake() async throws {
        try await TestWorker.with(kernel: EagerKernel.self) { worker async throws in
            #expect(count("eager") == 1)
            try await expectStillInStep(worker)
            #expect(count("eager") == 1)
        }
    }

    @Test func lazyBootThatFailsIs503ThenRecycles() async throws {
        try await TestWorker.with(kernel: FailingKernel.self, environment: ["HTTP_LAZY_BOOT": "true"]) { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 503)
            #expect(!response.text.contains("broken"))
            for _ in 0..<2 {
                try await worker.begin(.get("/"))
                let recycle = try await worker.nextFrame()
                #expect(recycle.options.first == 13)
                #expect(String(buffer: recycle.payload) == #"{"stop":true}"#)
            }
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test func eagerBootThatFailsAnswersNoHandshake() async throws {
        let error = await #expect(throws: (any Error).self) {
            try await TestWorker.with(kernel: FailingKernel.self) { _ in }
        }
        #expect((error as? TestWorkerError)?.code == .relayEnded)
    }

    @Test func eagerBootThatFailsInDebugShowsThePageThenRecycles() async throws {
        try await TestWorker.with(kernel: FailingKernel.self, environment: ["APP_DEBUG": "1"]) { worker async throws in
            let response = try await worker.send(.get("/"))
            #expect(response.status == 503)
            #expect(response.text.contains("TestSupport.Broken"))
            try await worker.begin(.get("/"))
            #expect(String(buffer: try await worker.nextFrame().payload) == #"{"stop":true}"#)
        }
    }

    @Test func servicesRunAndAreShutDown() async throws {
        try await TestWorker.with(kernel: ServingKernel.self) { worker async throws in
            try await expectStillInStep(worker)
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
        }
        #expect(recorder.events.withLock { $0 } == ["started", "stopped"])
    }

    @Test func serviceThatFailsMakesTheWorkerRecycleLater() async throws {
        try await TestWorker.with(kernel: BrokenServiceKernel.self) { worker async throws in
            try await expectStillInStep(worker)
            // The failure may come after the first requests.
            var recycled = false
            for _ in 0..<1000 where !recycled {
                try await worker.begin(.get("/"))
                recycled = String(buffer: try await worker.nextFrame().payload) == #"{"stop":true}"#
            }
            #expect(recycled)
        }
    }
}
