import Foundation
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests pools whose workers share one process, behind a real RoadRunner, when `RR_BINARY` names one.
@Suite(.enabled(if: RoadRunnerServer.binary != nil, "RR_BINARY names no RoadRunner"), .serialized, .timeLimit(.minutes(3)))
struct SharedPoolEndToEndTests {
    private func server(workers: Int = 12, relay: String = "pipes") async throws -> RoadRunnerServer {
        let server = try RoadRunnerServer(
            pool: ["num_workers: \(workers)"], relay: relay, environment: ["APP_RUNTIME": "shared", "LOG_LEVEL": "info"])
        try await server.waitUntilReady()
        return server
    }

    /// The pid of the serving process.
    private func host(of server: RoadRunnerServer) async throws -> pid_t {
        let echo = try await server.get("/echo")
        return try #require(echo.body.firstMatch(of: /"pid":([0-9]+)/).flatMap { pid_t($0.1) }, "\(echo.body)")
    }

    /// The pids of the processes that RoadRunner has started.
    private func workers(of server: RoadRunnerServer) throws -> [pid_t] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.filter { pid in
            let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 1 && fields[1] == "\(server.pid)"
        }
    }

    private func hasEnded(_ pid: pid_t) async -> Bool {
        for _ in 0..<1500 {
            let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            if text.isEmpty || text.split(separator: ")").last?.hasPrefix(" Z") ?? true { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Sends requests continuously until `body` has returned.
    ///
    /// - Returns: the number of responses with 200, and the other results.
    private func underLoad(
        _ server: RoadRunnerServer, tasks: Int = 12, _ body: () async throws -> Void
    ) async throws -> (answered: Int, failures: [String]) {
        try await Load.during(tasks: tasks) {
            let status = try await server.get("/sleep?ms=3").status
            return status == 200 ? nil : "\(status)"
        } _: {
            try await body()
        }
    }

    @Test(arguments: ["pipes", "tcp", "unix://rr.sock"]) func oneProcessServesOverEveryRelay(_ relay: String) async throws {
        let server = try await self.server(workers: 6, relay: relay)
        let host = try await self.host(of: server)
        for _ in 0..<18 { #expect(try await self.host(of: server) == host) }
        #expect(await server.writes("1 kernel behind 6 workers"))
        let workers = try self.workers(of: server).filter { $0 != host }
        #expect(workers.count == 6)
        let start = ContinuousClock.now
        #expect(await server.stop() == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(await self.hasEnded(host))
    }

    @Test func anOrdinaryPoolLogsItsNumberOfKernels() async throws {
        let server = try RoadRunnerServer(pool: ["num_workers: 3"], environment: ["LOG_LEVEL": "info"])
        try await server.waitUntilReady()
        #expect(await server.writes("3 kernels, one in each worker of the pool"))
        #expect(await server.stop() == .exited(0))
    }

    /// The same program, user and environment, at the same time.
    @Test func twoRoadRunnersHaveAProcessEach() async throws {
        let first = try await self.server(workers: 4)
        let second = try await self.server(workers: 4)
        let (one, other) = (try await self.host(of: first), try await self.host(of: second))
        #expect(one != other)
        for _ in 0..<8 {
            #expect(try await self.host(of: first) == one)
            #expect(try await self.host(of: second) == other)
        }
        #expect(try await first.run("reset") == .exited(0))
        let next = try await self.host(of: first)
        #expect(next != one && next != other)
        #expect(await first.stop() == .exited(0))
        #expect(await self.hasEnded(next))
        #expect(try await self.host(of: second) == other)
        #expect(await second.stop() == .exited(0))
    }

    @Test func tenResetsUnderLoadLoseNothing() async throws {
        let server = try await self.server()
        let (answered, failures) = try await self.underLoad(server) { () async throws in
            for _ in 0..<10 { #expect(try await server.run("reset") == .exited(0)) }
        }
        #expect(failures.isEmpty, "\(failures.prefix(10))")
        print("tenResetsUnderLoadLoseNothing: \(answered) requests")
        #expect(await server.stop() == .exited(0))
    }

    @Test(arguments: ["pipes", "tcp"]) func theHostIsKilledUnderLoad(_ relay: String) async throws {
        let server = try await self.server(relay: relay)
        // Over TCP, RoadRunner accepts no further workers once one has ended during its handshake, so a second kill could break
        // the pool.
        let rounds = relay == "pipes" ? 3 : 1
        let (answered, failures) = try await self.underLoad(server) {
            for _ in 0..<rounds {
                let host = try await self.host(of: server)
                kill(host, SIGKILL)
                #expect(await self.hasEnded(host))
            }
        }
        print("theHostIsKilledUnderLoad: \(answered) requests, lost \(failures.count)")
        #expect(failures.count <= 3 * 12)
        for _ in 0..<24 { #expect(try await server.get("/hello").status == 200) }
        let start = ContinuousClock.now
        #expect(await server.stop() == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test(arguments: ["pipes", "tcp"]) func theHostIsKilledWhileIdle(_ relay: String) async throws {
        let server = try await self.server(relay: relay)
        let host = try await self.host(of: server)
        let workers = try self.workers(of: server).filter { $0 != host }.sorted()
        try await Task.sleep(for: .milliseconds(200))
        kill(host, SIGKILL)
        #expect(await self.hasEnded(host))
        for _ in 0..<24 { #expect(try await server.get("/hello").status == 200) }
        let next = try await self.host(of: server)
        #expect(next != host)
        let workersNow = try self.workers(of: server).filter { $0 != next }.sorted()
        #expect(workersNow == workers)
        #expect(try await server.run("reset") == .exited(0))
        #expect(try await server.get("/hello").status == 200)
        let start = ContinuousClock.now
        #expect(await server.stop() == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    /// The signal goes to RoadRunner only, or to all processes as from systemd.
    @Test(arguments: [false, true]) func terminatedUnderLoad(_ isGroup: Bool) async throws {
        let server = try await self.server()
        let host = try await self.host(of: server)
        let requests = (0..<8).map { _ in Task { try await server.get("/sleep?ms=1000").status } }
        try await Task.sleep(for: .milliseconds(300))
        let processes = try self.workers(of: server) + [host]
        let start = ContinuousClock.now
        server.signal(SIGTERM)
        if isGroup { for process in processes { kill(process, SIGTERM) } }
        for request in requests { #expect(try await request.value == 200) }
        #expect(await server.waitForExit(seconds: 20) == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(4))
        #expect(await self.hasEnded(host))
        for process in processes { #expect(await self.hasEnded(process)) }
    }

    @Test func roadRunnerIsKilled() async throws {
        let server = try await self.server()
        let host = try await self.host(of: server)
        let processes = try self.workers(of: server) + [host]
        #expect(await server.kill() == .signalled(SIGKILL))
        for process in processes { #expect(await self.hasEnded(process)) }
    }

    @Test func workersThatRoadRunnerReplaces() async throws {
        let server = try RoadRunnerServer(
            pool: ["num_workers: 3", "max_jobs: 5"], environment: ["APP_RUNTIME": "shared", "LOG_LEVEL": "info"])
        try await server.waitUntilReady()
        let host = try await self.host(of: server)
        for _ in 0..<60 { #expect(try await self.host(of: server) == host) }
        #expect(await server.stop() == .exited(0))
    }

    @Test func aDebugPoolIsRefused() async throws {
        let server = try RoadRunnerServer(
            pool: ["debug: true"], environment: ["APP_RUNTIME": "shared", "LOG_LEVEL": "info"])
        try await server.waitUntilReady()
        #expect(try await server.get("/hello").status == 500)
        #expect(await server.writes("Use APP_RUNTIME=roadrunner"))
    }
}
