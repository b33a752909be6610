import Configuration
import Goridge
import Hummingbird
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerRuntime

/// Accepts payloads up to 64 KiB.
private struct SmallKernel: Kernel {
    static var options: RuntimeOptions {
        var options = RuntimeOptions()
        options.maximumPayloadSize = 64 * 1024
        return options
    }

    let isBroken: Bool
    init(_ boot: BootContext) throws {
        self.isBroken = boot.configuration.string(forKey: "small.broken") != nil
        if self.isBroken { throw Broken() }
    }

    var workers: some Workers {
        HTTP(
            CallbackResponder<BasicRoadRunnerRequestContext> { request, _ in
                Response(status: .ok, body: .text("\(try await request.body.collect(upTo: .max).readableBytes)"))
            })
    }
}

@Suite(.timeLimit(.minutes(1))) struct RefusedPayloadTests {
    private let large = TestRequest("POST", "/", body: ByteBuffer(repeating: 0x61, count: 10_000_000))

    @Test func requestsOverTheLimitAreRefusedAndTheWorkerContinues() async throws {
        try await TestWorker.with(kernel: SmallKernel.self) { worker async throws in
            for _ in 0..<3 {
                let refused = try await worker.send(self.large)
                #expect(refused.status == 413)
                #expect(refused.text == "413 Content Too Large\n" || refused.text == "413 Request Entity Too Large\n")
                #expect(try await worker.send(.post("/", body: "hello")).text == "5")
            }
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    /// Refusing a payload does not build a kernel.
    @Test func refusalsNeedNoKernel() async throws {
        try await TestWorker.with(kernel: SmallKernel.self, environment: ["SMALL_BROKEN": "1", "HTTP_LAZY_BOOT": "1"]) {
            worker async throws in
            #expect(try await worker.send(self.large).status == 413)
            #expect(try await worker.send(.get("/")).status == 503)
        }
    }

    @Test func malformedFramesAreRefusedAndTheWorkerContinues() async throws {
        try await TestWorker.with(kernel: SmallKernel.self) { worker async throws in
            try await worker.send(Frame(flags: .proto, options: [9], payload: ByteBuffer(string: "short")))
            #expect(try await worker.finishResponse().status == 400)
            try await worker.send(Frame(flags: .proto, options: [1, 2], payload: ByteBuffer(string: "short")))
            #expect(try await worker.finishResponse().status == 400)
            #expect(try await worker.send(.post("/", body: "hello")).text == "5")
        }
    }

    /// Some versions of Go accept anything as HTTP/2's `:authority`: the path would begin within it.
    @Test(arguments: ["http://a?b/secret", "http://a@b/", "http://a b/", "http://a#b/", "http://a\\b/", "http://ž/"])
    func invalidHostsAreRefused(_ uri: String) async throws {
        try await TestWorker.with(kernel: SmallKernel.self) { worker async throws in
            #expect(try await worker.send(.get(uri)).status == 400)
            for uri in ["http:///", "http://[::1]:80/a?b", "https://a_b.example:1/"] {
                #expect(try await worker.send(.get(uri)).status == 200)
            }
        }
    }
}
