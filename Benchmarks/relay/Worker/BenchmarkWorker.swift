import RoadRunner

/// The worker that `scripts/bench` measures: with a router, or with a bare responder when `BENCH_BARE` is set.
@main
struct BenchmarkWorker: Kernel {
    private let isBare: Bool

    init(_ boot: BootContext) async throws {
        self.isBare = boot.configuration.bool(forKey: "bench.bare", default: false)
    }

    var workers: some Workers { self.isBare ? self.bare : self.routed }

    private var bare: HTTP {
        HTTP(
            CallbackResponder<BasicRoadRunnerRequestContext> { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; charset=utf-8"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: "Hello from Swift!\n"))
                )
            }
        )
    }

    private var routed: HTTP {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.get("hello") { _, _ in "Hello from Swift!\n" }
        // To see that memory stays flat, however long a body is.
        router.get("large") { request, _ in
            let count = (request.uri.queryParameters.get("mib", as: Int.self) ?? 64) * 16
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    let chunk = ByteBuffer(repeating: 0x61, count: 64 * 1024)
                    for _ in 0..<max(0, count) { try await writer.write(chunk) }
                    try await writer.finish(nil)
                }
            )
        }
        return HTTP(router)
    }
}
