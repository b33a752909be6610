import HTTPTypes
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct DiscardedBodyTests {
    /// The number of runs of a body, and whether its task was cancelled.
    private struct Run: Equatable {
        var ended = 0
        var wasCancelled = false
    }

    private func run(_ request: TestRequest, status: HTTPResponse.Status, length: Int?) async throws -> Run {
        let run = Mutex(Run())
        let wasCancelledAfterwards = Mutex(true)
        try await withHandler { request, context in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
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
