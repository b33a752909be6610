import Configuration
import Goridge
import HTTPTypes
import HTTPWorker
import Hummingbird
import Logging
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import Testing
import TestSupport

/// Serves one handler with short deadlines.
private struct DeadlineKernel: Kernel {
    typealias Handler = @Sendable (Request, BasicRoadRunnerRequestContext) async throws -> Response
    /// By an id in the environment: kernels are built where task-local values of the test are not known.
    private static let handlers = Mutex<[String: Handler]>([:])
    @TaskLocal static var requestDeadline: Duration?
    @TaskLocal static var stopDeadline = Duration.seconds(8)

    private let handler: Handler

    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.http.requestDeadline = self.requestDeadline
        options.rebootPolicy = .never
        options.stopDeadline = self.stopDeadline
        return options
    }

    init(_ boot: BootContext) throws {
        let id = boot.configuration.string(forKey: "handler.id") ?? ""
        guard let handler = Self.handlers.withLock({ $0[id] }) else { throw Broken() }
        self.handler = handler
    }

    var workers: some Workers { HTTP(CallbackResponder(callback: self.handler)) }

    static func with(
        requestDeadline: Duration? = nil, stopDeadline: Duration = .seconds(8), environment: [String: String] = [:],
        _ handler: @escaping Handler, _ body: (TestWorker) async throws -> Void
    ) async throws {
        let id = String(UInt64.random(in: 0 ... .max))
        Self.handlers.withLock {
            $0[id] = { request, context in
                if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
                return try await handler(request, context)
            }
        }
        defer { Self.handlers.withLock { $0[id] = nil } }
        let environment = environment.merging(["HANDLER_ID": id]) { $1 }
        try await Self.$requestDeadline.withValue(requestDeadline) {
            try await Self.$stopDeadline.withValue(stopDeadline) {
                try await TestWorker.with(kernel: Self.self, environment: environment) { worker async throws in
                    try await body(worker)
                }
            }
        }
    }
}

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

    /// The limit is one for handler and body.
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

    @Test func aBodyThatHasBegunMayTakeAsLongAsItLikes() async throws {
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

    /// The client has got 504 by then.
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

@Suite(.timeLimit(.minutes(1))) struct GivenUpResponseTests {
    /// An empty frame would be an empty 200 to the client.
    @Test func aBodyThatIsGivenUpBeforeItsHeadIs503() async throws {
        try await DeadlineKernel.with(stopDeadline: .milliseconds(200)) { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await Task.sleep(for: .seconds(600))
                    try await writer.write(ByteBuffer(string: "x"))
                })
        } _: { worker async throws in
            try await worker.begin(.get("/"))
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
            try await worker.stop()
            // The relay may be closed before.
            if let response = try? await worker.finishResponse() { #expect(response.status == 503) }
            #expect(try await worker.waitForExit() == .exited(1))
        }
    }

    @Test func aBodyThatFailsInACancelledTaskBeforeItsHeadIs503() async throws {
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
            return Response(
                status: .ok,
                body: ResponseBody { _ in
                    withUnsafeCurrentTask { $0?.cancel() }
                    throw Broken()
                })
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 503)
            try await expectStillInStep(worker)
        }
    }

    /// Also where a deadline is watched, by another task.
    @Test func aCompleteBodyThatFailsAtItsEndIs500() async throws {
        try await DeadlineKernel.with(requestDeadline: .seconds(60)) { _, _ in
            Response(
                status: .ok,
                body: ResponseBody(contentLength: 2) { writer in
                    try await writer.write(ByteBuffer(string: "ab"))
                    throw Broken()
                })
        } _: { worker async throws in
            #expect(try await worker.send(.get("/")).status == 500)
            try await expectStillInStep(worker)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct DiscardedBodyTests {
    /// What became of a body.
    private struct Run: Equatable {
        var ended = 0
        var wasCancelled = false
    }

    private func run(_ request: TestRequest, status: HTTPResponse.Status, length: Int?) async throws -> Run {
        let run = Mutex(Run())
        let wasCancelledAfterwards = Mutex(true)
        try await withHandler { request, context in
            if request.uri.path == "/ok" { return Response(status: .ok, body: text("ok")) }
            context.afterResponse { wasCancelledAfterwards.withLock { $0 = Task.isCancelled } }
            return Response(
                status: status,
                body: ResponseBody(contentLength: length) { writer in
                    let isCancelled = Task.isCancelled
                    run.withLock { run in
                        run.ended += 1
                        run.wasCancelled = isCancelled
                    }
                    if let length, length > 0 { try await writer.write(ByteBuffer(repeating: 1, count: length)) }
                    try await writer.finish(nil)
                })
        } _: { worker async throws in
            let response = try await worker.send(request)
            #expect(response.frames.count == 1)
            #expect(response.body.readableBytes == 0)
            try await expectStillInStep(worker)
        }
        #expect(!wasCancelledAfterwards.withLock { $0 })
        return run.withLock { $0 }
    }

    @Test(arguments: [.noContent, .notModified] as [HTTPResponse.Status]) func emptyBodiesAreRun(
        _ status: HTTPResponse.Status
    ) async throws {
        #expect(try await self.run(.get("/"), status: status, length: 0) == Run(ended: 1, wasCancelled: false))
        #expect(try await self.run(TestRequest("HEAD", "/"), status: status, length: 0) == Run(ended: 1, wasCancelled: false))
    }

    @Test(arguments: [nil, 5]) func otherBodiesAreRunCancelled(_ length: Int?) async throws {
        #expect(try await self.run(TestRequest("HEAD", "/"), status: .ok, length: length) == Run(ended: 1, wasCancelled: true))
        #expect(try await self.run(.get("/"), status: .noContent, length: length) == Run(ended: 1, wasCancelled: true))
    }
}
