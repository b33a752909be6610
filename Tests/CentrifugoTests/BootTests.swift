import Centrifugo
import Configuration
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerRuntime
import RoadRunnerTesting
import Testing
import TestSupport

/// Kernels with workers for HTTP and for Centrifugo's events.
@Suite(.timeLimit(.minutes(1))) struct BootTests {
    private struct Chat: Kernel {
        let isBroken: Bool

        init(_ boot: BootContext) throws {
            if boot.configuration.string(forKey: "broken") == "true" { throw Broken() }
            self.isBroken = boot.configuration.string(forKey: "routes") == "twice"
        }

        var workers: some Workers {
            HTTP(Router())
            CentrifugoEvents {
                OnConnect { _ in .accept(user: "u") }
                if self.isBroken {
                    OnRPC("ping") { _ in .reply() }
                    OnRPC("ping") { _ in .reply() }
                }
            }
        }
    }

    private struct Broken: Error, CustomStringConvertible {
        let description = "topsecret"
    }

    @Test(arguments: ["true", "false"]) func oneKernelForBoth(_ isLazy: String) async throws {
        let environment = ["CENTRIFUGO_LAZY_BOOT": isLazy]
        try await TestWorker.with(kernel: Chat.self, environment: environment, mode: .centrifuge) { worker async throws in
            for _ in 0..<3 { #expect(try await worker.send(.connect()).user == "u") }
        }
        try await TestWorker.with(kernel: Chat.self, environment: environment) { worker async throws in
            #expect(try await worker.send(.get("/nothing")).status == 404)
        }
    }

    /// Clients try again; the next event is answered by another worker.
    @Test(arguments: [false, true]) func aLazyBootThatFails(_ isDebug: Bool) async throws {
        let environment = ["CENTRIFUGO_LAZY_BOOT": "true", "BROKEN": "true", "APP_DEBUG": "\(isDebug)"]
        try await TestWorker.with(kernel: Chat.self, environment: environment, mode: .centrifuge) { worker async throws in
            let reply = try await worker.send(.connect())
            #expect(reply.errorCode == 100 && reply.isTemporary)
            #expect(reply.errorMessage?.contains("topsecret") == isDebug)
            let event = TestEvent.connect()
            try await worker.send(payload: ByteBuffer(string: #"{"type":["connect"]}"#), body: event.message)
            #expect(String(buffer: try await worker.nextFrame().payload) == #"{"stop":true}"#)
        }
    }

    @Test func mistakesInHandlersFailTheBoot() async throws {
        await #expect(throws: (any Error).self) {
            try await TestWorker.with(kernel: Chat.self, environment: ["ROUTES": "twice"], mode: .centrifuge) { _ in }
        }
    }
}
