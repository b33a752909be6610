import Configuration
import HTTPTypes
import HTTPWorker
import Hummingbird
import RoadRunnerRuntime
import RoadRunnerTesting
import Synchronization
import TestSupport

/// Serves one handler with short deadlines.
struct DeadlineKernel: Kernel {
    typealias Handler = @Sendable (Request, BasicRoadRunnerRequestContext) async throws -> Response
    /// Handlers by an id in the environment: kernels are built where the test's task-local values are not available.
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
                if request.uri.path == "/ok" { return Response(status: .ok, body: .text("ok")) }
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
