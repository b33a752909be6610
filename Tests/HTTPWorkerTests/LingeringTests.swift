import HTTPTypes
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

/// Responds, and then never returns from `/stuck`, even when cancelled. Its deadline is short.
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
                guard request.uri.path == "/stuck" else { return Response(status: .ok, body: .text("ok")) }
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
    @Test func handlerThatNeverReturnsIsAbandoned() async throws {
        try await TestWorker.with(kernel: Lingering.self) { worker async throws in
            for _ in 0..<3 {
                #expect(try await worker.send(.get("/stuck")).text == "x")
                try await expectStillInStep(worker)
            }
        }
    }
}
