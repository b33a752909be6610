import HTTPTypes
import Hummingbird
import RoadRunnerTesting
import TestSupport
import Testing

/// Serves `/ok`, and a streamed body everywhere else.
func withStream<Result>(
    headers: HTTPFields = [:], contentLength: Int? = nil, environment: [String: String] = [:],
    _ write: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void,
    _ body: (TestWorker) async throws -> Result
) async throws -> Result {
    try await withHandler(environment: environment) { request, _ in
        if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
        return Response(status: .ok, headers: headers, body: ResponseBody(contentLength: contentLength, write))
    } _: { worker async throws in
        try await body(worker)
    }
}

/// Ends the relay while a request is in flight, and expects that its handler is cancelled, and the worker ends.
func expectCancelledByDisconnect(_ worker: TestWorker, _ cancelled: Gate) async throws {
    try await worker.begin(.get("/"))
    // The request must be in flight.
    #expect(await worker.receivesNothing(for: .milliseconds(50)))
    await worker.disconnect()
    await cancelled.wait()
    #expect(try await worker.waitForExit() == .exited(0))
}
