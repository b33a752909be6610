import Foundation
import RoadRunnerTesting
import Testing

/// Tests replacing workers, kernels and programs while requests come.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ReplacementTests {
    @Test func resetsUnderLoadLoseNothing() async throws {
        try await SharedPool.with(workers: 8) { shared async throws in
            let first = try await shared.hostID()
            let (answered, failures) = try await shared.underLoad { for _ in 0..<3 { try await shared.pool.reset() } }
            #expect(failures.isEmpty)
            #expect(answered > 32)
            #expect(try await shared.hostID() != first)
            #expect(await hasEnded(first))
            #expect(shared.kernelsHaveNotOverlapped(), "\(shared.diary())")
            #expect(shared.diary().filter { $0.hasPrefix("boot") }.count == 4)
        }
    }

    /// As when RoadRunner limits the requests of a worker.
    @Test func aSingleReplacedWorkerJoinsTheSameKernel() async throws {
        try await SharedPool.with(workers: 3) { shared async throws in
            let host = try await shared.hostID()
            for _ in 0..<6 { try await Self.replaceOne(of: shared.pool) }
            #expect(try await shared.hostID() == host)
            #expect(shared.diary().count == 1)
        }
    }

    private static func replaceOne(of pool: TestPool) async throws {
        let pid = try await pool.withWorker { worker async throws in
            try await worker.stop()
            #expect(try await worker.waitForExit() == .exited(0))
            return worker.processID
        }
        #expect(await pool.waitForReplacement(of: [pid ?? 0]))
    }

    @Test func halfOfTheWorkersAreKilledUnderLoad() async throws {
        try await SharedPool.with(workers: 8) { shared async throws in
            let host = try await shared.hostID()
            let (_, failures) = try await shared.underLoad {
                let chosen = Array(shared.pool.processIDs.prefix(4))
                shared.pool.signal(SIGKILL, to: chosen)
                #expect(await shared.pool.waitForReplacement(of: chosen))
            }
            #expect(failures.count <= 4)
            #expect(try await shared.hostID() == host)
        }
    }

    /// A service of the kernel has ended: another process takes over, and no request is lost.
    @Test func aHostThatDrains() async throws {
        try await SharedPool.with(workers: 4) { shared async throws in
            let first = try await shared.hostID()
            let start = ContinuousClock.now
            let long = Task { try await shared.pool.send(.get("/sleep?ms=4000")).text }
            _ = try await shared.pool.send(.get("/fail"))
            let (_, failures) = try await shared.underLoad(tasks: 3) {
                // The next process does not wait for the requests in flight of the first one.
                while try await shared.hostID() == first { try await Task.sleep(for: .milliseconds(10)) }
                #expect(ContinuousClock.now - start < .seconds(3))
                #expect(await hasEnded(first))
            }
            #expect(try await long.value.hasPrefix("\(first) "))
            #expect(failures.isEmpty)
            #expect(try await shared.hostID() != first)
            #expect(shared.diary().filter { $0.hasPrefix("boot") }.count == 2)
        }
    }

    /// Runs a pool of three workers, replaces its program by another file, and then one of the workers.
    ///
    /// - Parameter body: gets the pool, and the pid of the earlier process.
    private static func withReplacedProgram(_ body: (SharedPool, pid_t) async throws -> Void) async throws {
        try await withShortDirectory { folder async throws in
            let program = folder + "/Program"
            try FileManager.default.copyItem(atPath: SharedPool.program, toPath: program)
            try await SharedPool.with(workers: 3, program: program) { shared async throws in
                let first = try await shared.hostID()
                try FileManager.default.copyItem(atPath: SharedPool.program, toPath: program + ".new")
                #expect(rename(program + ".new", program) == 0)
                try await Self.replaceOne(of: shared.pool)
                try await body(shared, first)
            }
        }
    }

    /// The worker replaced in between belongs to the new program.
    @Test func theProgramIsReplacedWhileItRuns() async throws {
        try await Self.withReplacedProgram { shared, first async throws in
            let hosts = try await Set([shared.hostID(), shared.hostID(), shared.hostID()])
            #expect(hosts.count == 2 && hosts.contains(first))
            try await shared.pool.reset()
            let second = try await shared.hostID()
            #expect(try await shared.hostID() == second)
            #expect(second != first)
            #expect(await hasEnded(first))
        }
    }

    /// Once RoadRunner has replaced one worker, the others follow.
    @Test func aNewProgramTakesOverWithoutAReset() async throws {
        try await Self.withReplacedProgram { shared, first async throws in
            let (_, failures) = try await shared.underLoad(tasks: 3) { #expect(await hasEnded(first, within: 30)) }
            #expect(failures.isEmpty)
            let second = try await shared.hostID()
            for _ in 0..<6 { #expect(try await shared.hostID() == second) }
        }
    }

    /// The process of the old program continues to serve until the new one does.
    @Test func aNewProgramThatDoesNotBoot() async throws {
        try await withShortDirectory { folder async throws in
            let program = folder + "/Program"
            try FileManager.default.copyItem(atPath: SharedPool.program, toPath: program)
            try await SharedPool.with(
                workers: 3, program: "/bin/sh", arguments: ["-c", "cd '\(folder)' && exec ./Program"],
                environment: ["SWIFT_BACKTRACE": "enable=no"]
            ) { shared async throws in
                let first = try await shared.hostID()
                try Data("POOL_BOOT=crashes\n".utf8).write(to: URL(filePath: folder + "/.env"))
                try FileManager.default.copyItem(atPath: SharedPool.program, toPath: program + ".new")
                #expect(rename(program + ".new", program) == 0)
                kill(shared.pool.processIDs[0], SIGKILL)
                // One attempt per second, for longer than a process must have served before another one takes over.
                while shared.diary().count < 10 { try await Task.sleep(for: .milliseconds(20)) }
                for _ in 0..<6 { #expect(try await shared.hostID() == first) }
                try FileManager.default.removeItem(atPath: folder + "/.env")
                let (_, failures) = try await shared.underLoad(tasks: 2) { #expect(await hasEnded(first, within: 40)) }
                #expect(failures.isEmpty, "\(failures.prefix(3))")
                #expect(try await shared.hostID() != first)
            }
        }
    }

    /// The whole group gets the signal, as from systemd: requests in flight are answered, and workers exit at RoadRunner's command.
    @Test func signalsToAllUnderLoad() async throws {
        try await SharedPool.with(workers: 6) { shared async throws in
            let host = try await shared.hostID()
            let (_, failures) = try await shared.underLoad("/sleep?ms=100", tasks: 6) {
                shared.pool.signal(SIGTERM)
                kill(host, SIGTERM)
            }
            #expect(failures.isEmpty)
            let start = ContinuousClock.now
            await shared.pool.stop()
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(await hasEnded(host))
            #expect(shared.pool.idleEnds == 0)
        }
    }

    /// Only the host gets the signal: idle workers stay, and find another host.
    @Test func aSignalToTheHostAlone() async throws {
        try await SharedPool.with(workers: 4, environment: ["POOL_STOP_DEADLINE": "2"]) { shared async throws in
            let host = try await shared.hostID()
            let workers = shared.pool.processIDs
            let stream = Task {
                try await shared.pool.withWorker { worker async throws in
                    try await worker.stream(.get("/stream")) { response async throws in
                        for try await _ in response {}
                    }
                }
            }
            kill(host, SIGTERM)
            #expect(await hasEnded(host))
            // The stream had three quarters of the deadline, and a proper end.
            try await stream.value
            for _ in 0..<8 { #expect(try await shared.hostID() != host) }
            #expect(shared.pool.processIDs == workers)
            #expect(shared.pool.idleEnds == 0)
            #expect(shared.diary().contains("stop \(host)"))
        }
    }
}
