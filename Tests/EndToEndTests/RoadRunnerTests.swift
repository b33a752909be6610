import Foundation
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests the demo behind a real RoadRunner, when `RR_BINARY` names one.
@Suite(.enabled(if: RoadRunnerServer.binary != nil, "RR_BINARY names no RoadRunner"), .serialized, .timeLimit(.minutes(2)))
struct RoadRunnerTests {
    @Test(arguments: ["pipes", "tcp", "unix://rr.sock"]) func servesOverEveryRelay(_ relay: String) async throws {
        let server = try RoadRunnerServer(pool: ["num_workers: 2"], relay: relay)
        try await server.waitUntilReady()
        for _ in 0..<20 {
            let response = try await server.get("/hello")
            #expect(response.status == 200)
            #expect(response.body == "Hello from Swift!\n")
            #expect(response.head.lowercased().contains("content-length: 18"))
        }
        #expect(try await server.get("/nope").status == 404)
        #expect(await server.stop() == .exited(0))
    }

    @Test func streamsArriveChunkByChunk() async throws {
        let server = try RoadRunnerServer()
        try await server.waitUntilReady()
        let client = try RawHTTPClient(port: server.port)
        try await client.send("GET /stream?n=4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        _ = try await client.readHead()
        var arrivals: [ContinuousClock.Instant] = []
        while let chunk = try await client.readChunk() {
            arrivals.append(.now)
            #expect(chunk == "line \(arrivals.count)\n")
        }
        #expect(arrivals.count == 4)
        #expect(arrivals[3] - arrivals[0] > .milliseconds(200))
    }

    @Test func aDisconnectFreesTheWorker() async throws {
        let server = try RoadRunnerServer()
        try await server.waitUntilReady()
        do {
            let client = try RawHTTPClient(port: server.port)
            try await client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await client.readHead()
            _ = try await client.readChunk()
        }
        // The only worker responds once RoadRunner has told it to stop the stream, some chunks later.
        let start = ContinuousClock.now
        #expect(try await server.get("/hello").status == 200)
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    @Test func printsHarmNothing() async throws {
        let server = try RoadRunnerServer()
        try await server.waitUntilReady()
        for _ in 0..<10 { #expect(try await server.get("/print").body == "printed\n") }
        #expect(try await server.get("/hello").status == 200)
        #expect(await server.writes("printed by Swift"))
        #expect(await server.writes("printed by C"))
    }

    /// Also if Swift's backtracer never ends. RoadRunner logs the line, and the next worker logs where the rest is.
    @Test(arguments: ["pipes", "tcp", "unix://rr.sock"]) func crashedWorkerIsReplaced(_ relay: String) async throws {
        try await withTemporaryDirectory { folder in
            let backtracer = try Backtracer(in: folder)
            let server = try RoadRunnerServer(relay: relay, environment: backtracer.environment)
            try await server.waitUntilReady()
            let start = ContinuousClock.now
            #expect(try await server.get("/crash").status == 500)
            print("crashedWorkerIsReplaced: 500 over \(relay) after \(ContinuousClock.now - start)")
            #expect(try await server.get("/hello").status == 200)
            print("crashedWorkerIsReplaced: the next worker has answered after \(ContinuousClock.now - start)")
            #expect(await server.writes("[roadrunner-swift] crashed by SIG"))
            #expect(await server.writes("while it handled GET /crash (request "))
            #expect(!server.output.contains("a process before this one"))
            try backtracer.finish()
            #expect(await server.writes("a process before this one crashed by SIG"))
        }
    }

    @Test func resetReplacesTheWorkers() async throws {
        let server = try RoadRunnerServer()
        try await server.waitUntilReady()
        let before = try await server.get("/echo").body
        #expect(try await server.run("reset") == .exited(0))
        let after = try await server.get("/echo").body
        #expect(before != after)
        #expect(after.contains("\"method\":\"GET\""))
    }

    @Test func gracefulStopAnswersTheRequestInFlight() async throws {
        let server = try RoadRunnerServer()
        try await server.waitUntilReady()
        let client = try RawHTTPClient(port: server.port)
        try await client.send("GET /sleep?ms=2000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await Task.sleep(for: .milliseconds(100))
        let start = ContinuousClock.now
        async let stopped = server.stop()
        #expect(try await client.readResponse().status == 200)
        #expect(await stopped == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(8))
    }

    @Test func eagerBootDelaysReadiness() async throws {
        let start = ContinuousClock.now
        let server = try RoadRunnerServer(environment: ["DEMO_BOOT_DELAY": "2"])
        try await server.waitUntilReady()
        #expect(ContinuousClock.now - start >= .seconds(2))
    }

    @Test func lazyBootIsReadyAtOnce() async throws {
        let server = try RoadRunnerServer(environment: ["DEMO_BOOT_DELAY": "2", "HTTP_LAZY_BOOT": "true"])
        let start = ContinuousClock.now
        while (try? RawHTTPClient(port: server.port)) == nil, ContinuousClock.now - start < .seconds(10) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(try await server.get("/hello").status == 200)
        #expect(ContinuousClock.now - start >= .seconds(2))
    }

    @Test func debugPoolServes() async throws {
        let server = try RoadRunnerServer(pool: ["debug: true"])
        try await server.waitUntilReady()
        var pids: Set<String> = []
        for _ in 0..<3 { pids.insert(try await server.get("/echo").body) }
        #expect(pids.count == 3)
    }

    @Test func nativeModeServesConcurrently() async throws {
        let server = try RoadRunnerServer(native: true)
        try await server.waitUntilReady()
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Int.self) { group in
            let port = server.port
            for _ in 0..<4 { group.addTask { try await RawHTTPClient(port: port).send("GET", "/sleep?ms=500").status } }
            for try await status in group { #expect(status == 200) }
        }
        // Sequential requests would take two seconds.
        print("nativeModeServesConcurrently: \(ContinuousClock.now - start)")
        #expect(await server.stop() == .exited(0))
    }

    /// A killed RoadRunner cannot stop its processes: they end by themselves, and the next RoadRunner finds their address free.
    @Test func processesEndWithAKilledRoadRunner() async throws {
        let native = try RoadRunnerServer(native: true)
        try await native.waitUntilReady()
        #expect(try await native.get("/hello").status == 200)
        #expect(await native.kill() == .signalled(SIGKILL))
        try await native.waitUntilFree()

        let pool = try RoadRunnerServer()
        try await pool.waitUntilReady()
        let echo = try await pool.get("/echo")
        let pid = try #require(echo.body.firstMatch(of: /"pid":([0-9]+)/).flatMap { pid_t($0.1) })
        #expect(await pool.kill() == .signalled(SIGKILL))
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline, kill(pid, 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(kill(pid, 0) != 0)
    }
}
