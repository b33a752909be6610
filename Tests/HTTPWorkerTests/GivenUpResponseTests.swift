import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct GivenUpResponseTests {
    /// Clients would take an empty frame for an empty 200.
    @Test func aBodyAbandonedBeforeItsHeadIs503() async throws {
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
            // The relay may close earlier.
            if let response = try? await worker.finishResponse() { #expect(response.status == 503) }
            #expect(try await worker.waitForExit() == .exited(1))
        }
    }

    @Test func aBodyThatFailsInACancelledTaskBeforeItsHeadIs503() async throws {
        try await withHandler { request, _ in
            if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
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

    /// Also if another task watches a deadline.
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
