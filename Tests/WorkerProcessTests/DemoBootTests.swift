import Foundation
import RoadRunnerRuntime
import RoadRunnerTesting
import Testing

@Suite(.timeLimit(.minutes(2))) struct DemoBootTests {
    @Test func lazyBootAnswersTheHandshakeBeforeItBoots() async throws {
        let environment = ["DEMO_BOOT_DELAY": "2", "HTTP_LAZY_BOOT": "true"]
        let start = ContinuousClock.now
        try await DemoProcess.with(environment: environment) { worker async throws in
            let ready = ContinuousClock.now
            #expect(!worker.standardError.contains("booted"))
            #expect(try await worker.send(.get("/hello")).status == 200)
            let served = ContinuousClock.now
            print(
                "lazyBootAnswersTheHandshakeBeforeItBoots: ready after \(ready - start), first response \(served - ready) later")
            #expect(served - ready >= .seconds(2))
            #expect(await worker.waitForStandardError(containing: "booted with the first request"))
        }
    }

    @Test func eagerBootDelaysTheHandshake() async throws {
        let start = ContinuousClock.now
        try await DemoProcess.with(environment: ["DEMO_BOOT_DELAY": "2"]) { worker async throws in
            let ready = ContinuousClock.now - start
            print("eagerBootDelaysTheHandshake: ready after \(ready)")
            #expect(ready >= .seconds(2))
            #expect(try await worker.send(.get("/hello")).status == 200)
        }
    }

    /// RoadRunner accepts one worker after the other, and a silent connection blocks the rest, so workers connect only once they
    /// can answer the handshake.
    @Test func socketRelayIsConnectedOnlyAfterTheBoot() async throws {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Duration.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    try await DemoProcess.with(
                        environment: ["DEMO_BOOT_DELAY": "3"], relay: .tcp, performsHandshake: false
                    ) { worker async throws in
                        let connected = ContinuousClock.now
                        #expect(connected - start >= .seconds(3))
                        try await worker.handshake()
                        #expect(try await worker.send(.get("/hello")).status == 200)
                        return ContinuousClock.now - connected
                    }
                }
            }
            // The test requires only that the worker connects late: a busy machine may answer slowly.
            for try await answered in group { #expect(answered < .seconds(10)) }
        }
    }

    @Test func failingBootIsOneLineAndNoHandshake() async throws {
        let error = await #expect(throws: TestWorkerError.self) {
            try await DemoProcess.with(environment: ["DEMO_BOOT_DELAY": "soon"]) { _ in }
        }
        #expect(error?.code == .relayEnded)
        #expect(error?.description.contains("BOOT FAILURE (mode=http)") == true)
        #expect(error?.description.contains("DEMO_BOOT_DELAY is \"soon\"") == true)
    }

    @Test(arguments: [
        (["APP_RUNTIME": "roadruner"], "APP_RUNTIME is \"roadruner\""),
        (["APP_DEBUG": "perhaps"], "APP_DEBUG is \"perhaps\""),
    ])
    func invalidLaunchesAreOneLine(_ environment: [String: String], _ text: String) async throws {
        let error = await #expect(throws: TestWorkerError.self) {
            try await DemoProcess.with(environment: environment) { _ in }
        }
        #expect(error?.description.contains(text) == true)
    }

    @Test func unservedModeIsRefusedBeforeTheBoot() async throws {
        let error = await #expect(throws: TestWorkerError.self) {
            try await DemoProcess.with(environment: ["DEMO_BOOT_DELAY": "60"], mode: .init(rawValue: "jobs")) { _ in
            }
        }
        #expect(error?.description.contains("RR_MODE is \"jobs\"") == true)
    }
}
