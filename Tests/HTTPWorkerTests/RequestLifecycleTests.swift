import Goridge
import NIOCore
import RoadRunnerTesting
import Synchronization
import TestSupport
import Testing

@testable import RoadRunnerRuntime

@Suite(.timeLimit(.minutes(2))) struct RequestLifecycleTests {
    private func withKernel(
        policy: RebootPolicy = .onException(minimumInterval: .zero), resets: Bool = false, deadline: Duration? = nil,
        environment: [String: String] = [:],
        prepare: (Probe) -> Void = { _ in }, _ body: (TestWorker, Probe) async throws -> Void
    ) async throws {
        let probe = Probe()
        probe.publish()
        prepare(probe)
        probe.state.withLock { $0.hasResettables = resets }
        let environment = environment.merging(["PROBE_ID": probe.id]) { $1 }
        try await Probe.$current.withValue(probe) {
            try await PolicyBox.$current.withValue(policy) {
                try await PolicyBox.$deadline.withValue(deadline) {
                    try await TestWorker.with(kernel: ProbedKernel.self, environment: environment) { worker async throws in
                        try await body(worker, probe)
                    }
                }
            }
        }
    }

    @Test func eventsComeInOrder() async throws {
        try await self.withKernel { worker, probe async throws in
            #expect(try await worker.send(.get("/ok?secret=1")).text == "ok")
            #expect(try await worker.send(.get("/corrupt")).status == 500)
            // The old kernel is shut down once the new one has taken over.
            try await probe.wait(for: "rebooted: Broken was thrown")
            try await probe.wait(for: "service 1 ends")
            #expect(try await worker.send(.get("/late")).text == "x")
            try await probe.wait(for: "rebooted: Broken was thrown", count: 2)
            try await probe.wait(for: "service 2 ends")
            #expect(try await worker.send(.get("/refuse")).status == 409)
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
            // Services end in the background, at any time after the takeover.
            #expect(
                probe.log.filter { !["service 1 ends", "service 2 ends"].contains($0) } == [
                    "started http", "booting false", "warm", "booted false",
                    "first", "received GET /ok", "sent 200 true",
                    "first", "received GET /corrupt", "thrown before head Broken GET /corrupt", "sent 500 true",
                    "booting true", "warm", "booted true", "rebooted: Broken was thrown",
                    "first", "received GET /late", "thrown streaming Broken GET /late", "sent 200 false",
                    "booting true", "warm", "booted true", "rebooted: Broken was thrown",
                    "first", "received GET /refuse", "sent 409 true",
                    "stopping 4", "service 3 ends",
                ])
        }
    }

    @Test func aStoppingWorkerDoesNotReboot() async throws {
        try await self.withKernel { worker, probe async throws in
            try await worker.begin(.get("/corrupt-later"))
            await probe.entered.wait()
            try await worker.stop()
            // The loop handles all frames it has read before it resumes the handler.
            try await worker.waitUntilRead()
            probe.leave.open()
            #expect(try await worker.finishResponse().status == 500)
            #expect(try await worker.waitForExit() == .exited(0))
            #expect(probe.state.withLock { $0.boots } == 1)
        }
    }

    @Test func corruptedStateIsGoneAfterTheReboot() async throws {
        try await self.withKernel { worker, probe async throws in
            for count in 1...20 {
                #expect(try await worker.send(.get("/corrupt")).status == 500)
                try await probe.wait(for: "rebooted: Broken was thrown", count: count)
                #expect(try await worker.send(.get("/ok")).text == "ok")
            }
            #expect(probe.state.withLock { $0.boots } == 21)
        }
    }

    @Test func allowedErrorsKeepTheKernel() async throws {
        try await self.withKernel(policy: .onException(allowing: [Broken.self])) { worker, probe async throws in
            #expect(try await worker.send(.get("/corrupt")).status == 500)
            #expect(try await worker.send(.get("/ok")).text == "corrupt")
            #expect(probe.state.withLock { $0.boots } == 1)
        }
    }

    /// No request of a client causes a report or a reboot.
    @Test func clientErrorsAreNotExceptionsOfTheApplication() async throws {
        try await self.withKernel { worker, probe async throws in
            var parsed = TestRequest.post("/raw", body: #"{"a":"1"}"#)
            parsed.isParsed = true
            #expect(try await worker.send(parsed).status == 415)
            for (number, status) in [(1, 413), (2, 413), (3, 400), (4, 422), (8, 415)] {
                var refused = TestRequest.post("/keep", body: "")
                refused.isParsed = true
                refused.uploads = ByteBuffer(
                    string: #"{"f":{"name":"a.exe","mime":"","size":1,"error":\#(number),"tmpName":""}}"#)
                #expect(try await worker.send(refused).status == status)
            }
            #expect(try await worker.send(.get("/number")).text == "1")
            #expect(!probe.log.contains { $0.hasPrefix("thrown") })
        }
    }

    /// Faults of the server with uploads still are exceptions.
    @Test func uploadFaultsOfTheServerAreExceptions() async throws {
        try await self.withKernel { worker, probe async throws in
            for number in [6, 7] {
                var refused = TestRequest.post("/keep", body: "")
                refused.isParsed = true
                refused.uploads = ByteBuffer(
                    string: #"{"f":{"name":"a.exe","mime":"","size":1,"error":\#(number),"tmpName":""}}"#)
                let response = try await worker.send(refused)
                #expect(response.status == 500)
                #expect(!response.text.contains("a.exe"))
            }
            // The response may arrive before the event, but the next request is handled after both.
            _ = try await worker.send(.get("/number"))
            #expect(probe.log.count { $0.hasPrefix("thrown before head") } == 2)
        }
    }

    /// Libraries throw errors of their own types when they are cancelled.
    @Test func clientsThatLeaveStreamsCauseNoException() async throws {
        try await self.withKernel { worker, probe async throws in
            try await worker.stream(.get("/proxied")) { response in
                for try await _ in response { break }
            }
            #expect(try await worker.send(.get("/number")).text == "1")
            #expect(!probe.log.contains { $0.hasPrefix("thrown") })
            #expect(probe.log.contains("sent 200 false"))
            // Observers run in a task that is not cancelled.
            #expect(!probe.log.contains("observed by a cancelled task"))
        }
    }

    @Test func errorsThatCORSHasWrappedAreExceptions() async throws {
        try await self.withKernel { worker, probe async throws in
            let origin = [("Origin", "https://a.test")]
            let refused = try await worker.send(.get("/cors/refuse", headers: origin))
            #expect(refused.status == 409)
            #expect(refused.head["Access-Control-Allow-Origin"] == ["https://a.test"])
            #expect(!probe.log.contains { $0.hasPrefix("thrown") })
            let response = try await worker.send(.get("/cors/corrupt", headers: origin))
            #expect(response.status == 500)
            #expect(response.text == "500 Internal Server Error\n")
            #expect(response.head["Access-Control-Allow-Origin"] == ["https://a.test"])
            try await probe.wait(for: "thrown before head Broken GET /cors/corrupt")
            try await probe.wait(for: "rebooted: Broken was thrown")
            #expect(try await worker.send(.get("/ok")).text == "ok")
        }
    }

    @Test func rebootsAfterExceptionsArePaced() async throws {
        try await self.withKernel(policy: .onException(minimumInterval: .seconds(3600))) { worker, probe async throws in
            for _ in 0..<5 { #expect(try await worker.send(.get("/corrupt")).status == 500) }
            try await probe.wait(for: "rebooted: Broken was thrown")
            // The first one at once, and no other within the hour.
            #expect(try await worker.send(.get("/number")).text == "2")
            #expect(probe.state.withLock { $0.boots } == 2)
        }
    }

    @Test func handlersMayRequestAReboot() async throws {
        try await self.withKernel(policy: .never) { worker, probe async throws in
            #expect(try await worker.send(.get("/reboot")).text == "soon")
            try await probe.wait(for: "rebooted: as asked")
            #expect(try await worker.send(.get("/number")).text == "2")
        }
    }

    @Test func tenThousandRequestsRebootWithinTheBoundsAndNoneIsLost() async throws {
        try await self.withKernel(policy: .maxRequests(100, jitter: 0.2)) { worker, _ async throws in
            var counts: [String: Int] = [:]
            var order: [String] = []
            for _ in 0..<10_000 {
                let response = try await worker.send(.get("/number"))
                #expect(response.status == 200)
                if counts[response.text] == nil { order.append(response.text) }
                counts[response.text, default: 0] += 1
            }
            #expect(counts.values.reduce(0, +) == 10_000)
            // All but the last, which is still counting. A kernel continues to serve while the next one is built.
            for number in order.dropLast() { #expect((counts[number] ?? 0) >= 80, "\(number)") }
            #expect(order.count <= 125 && order.count > 3)
            // No earlier kernel serves again.
            #expect(order == order.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) })
        }
    }

    @Test func aRebuildThatFailsRecyclesTheWorker() async throws {
        try await self.withKernel(prepare: { $0.state.withLock { $0.failsBootFrom = 2 } }) { worker, probe async throws in
            #expect(try await worker.send(.get("/corrupt")).status == 500)
            try await probe.wait(for: "thrown boot Broken -")
            // The old kernel serves until RoadRunner can be notified: when the first handler has returned, or the next one.
            try await worker.begin(.get("/ok"))
            var text = String(buffer: try await worker.nextFrame().payload)
            if text.hasSuffix("corrupt") {
                try await worker.begin(.get("/ok"))
                text = String(buffer: try await worker.nextFrame().payload)
            }
            #expect(text == #"{"stop":true}"#)
        }
    }

    @Test func servicesAreResetInReverseOrderAfterEachResponse() async throws {
        try await self.withKernel(resets: true) { worker, probe async throws in
            for _ in 0..<3 { #expect(try await worker.send(.get("/ok")).text == "ok") }
            #expect(try await worker.send(.get("/number")).text == "1")
            #expect(
                probe.log.filter { $0.hasPrefix("reset") }.prefix(6) == [
                    "reset two", "reset one", "reset two", "reset one", "reset two", "reset one",
                ])
            #expect(probe.log.firstIndex(of: "sent 200 true") ?? 99 < probe.log.firstIndex(of: "reset two") ?? 0)
        }
    }

    @Test func aResetThatFailsRecyclesTheWorkerWithTheNextPayload() async throws {
        try await self.withKernel(resets: true, prepare: { $0.state.withLock { $0.failsReset = true } }) {
            worker, probe async throws in
            // The first request is always served.
            #expect(try await worker.send(.get("/ok")).text == "ok")
            try await worker.begin(.get("/ok"))
            let frame = try await worker.nextFrame()
            #expect(String(buffer: frame.payload) == #"{"stop":true}"#)
            // The worker tried both resets.
            #expect(probe.log.contains("reset one"))
            #expect(probe.log.contains("thrown after response Broken -"))
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
        }
    }

    @Test func aWarmUpTaskThatFailsIsSkippedInProduction() async throws {
        try await self.withKernel(prepare: { $0.state.withLock { $0.failsWarming = true } }) { worker, _ async throws in
            #expect(try await worker.send(.get("/ok")).text == "ok")
        }
        try await self.withKernel(environment: ["APP_DEBUG": "1"], prepare: { $0.state.withLock { $0.failsWarming = true } }) {
            worker, probe async throws in
            #expect(try await worker.send(.get("/ok")).status == 503)
            #expect(probe.log.contains("service 1 ends"))
        }
    }

    @Test func handlersThatTakeTooLongAre504() async throws {
        try await self.withKernel(deadline: .milliseconds(50)) { worker, probe async throws in
            let response = try await worker.send(.get("/slow"))
            #expect(response.status == 504)
            #expect(!response.text.contains("REQUEST_DEADLINE"))
            #expect(try await worker.send(.get("/ok")).text == "ok")
            for _ in 0..<4000 where !probe.log.contains("cancelled") { try await Task.sleep(for: .milliseconds(5)) }
            #expect(probe.log.contains("cancelled"))
            // A slow upstream must not make workers rebuild their kernels.
            #expect(!probe.log.contains { $0.hasPrefix("thrown") })
            #expect(probe.state.withLock { $0.boots } == 1)
        }
    }

    @Test func oldWorkersRequestAReplacement() async throws {
        try await self.withKernel(environment: ["WORKER_MAX_MEMORY": "1"]) { worker, _ async throws in
            #expect(try await worker.send(.get("/ok")).text == "ok")
            try await worker.begin(.get("/ok"))
            #expect(String(buffer: try await worker.nextFrame().payload) == #"{"stop":true}"#)
        }
    }
}
