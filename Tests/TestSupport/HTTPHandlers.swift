import HTTPTypes
package import HTTPWorker
package import Hummingbird
import NIOCore
package import RoadRunnerTesting
import Testing

package struct Broken: Error, CustomStringConvertible {
    package init() {}

    package var description: String { "<broken> & secret" }
}

/// Serves one handler for all requests.
package func withHandler<Result>(
    environment: [String: String] = [:],
    _ handler: @escaping @Sendable (Request, BasicRoadRunnerRequestContext) async throws -> Response,
    _ body: (TestWorker) async throws -> Result
) async throws -> Result {
    try await TestWorker.with(HTTP(CallbackResponder(callback: handler)), environment: environment) { worker async throws in
        worker.timeout = .seconds(20)
        return try await body(worker)
    }
}

extension ResponseBody {
    package static func text(_ text: String) -> ResponseBody { ResponseBody(byteBuffer: ByteBuffer(string: text)) }
}

/// Expects that the worker answers the next request, and sent nothing else before.
package func expectStillInStep(_ worker: TestWorker, path: String = "/ok") async throws {
    let response = try await worker.send(.get(path))
    #expect(response.status == 200)
    #expect(response.text == "ok")
}

/// Serves a handler that returns the response's text.
package func withText<Result>(
    environment: [String: String] = [:],
    _ handler: @escaping @Sendable (Request, BasicRoadRunnerRequestContext) async throws -> String,
    _ body: (TestWorker) async throws -> Result
) async throws -> Result {
    try await withHandler(environment: environment) { request, context in
        request.uri.path == "/ok"
            ? Response(status: .ok, body: .text("ok")) : Response(status: .ok, body: .text(try await handler(request, context)))
    } _: { worker async throws in
        try await body(worker)
    }
}
