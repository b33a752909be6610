import Foundation
import RoadRunnerTesting
import TestSupport
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Pools of ordinary workers: each request has a process for itself.
@Suite struct TestPoolTests {
    private static let program = BuiltProducts.path("PoolKernel")

    private static func processID(_ pool: TestPool) async throws -> Int32 {
        try #require(try await Int32(pool.send(.get("/pid")).text))
    }

    @Test func theWorkerThatHasBeenFreeTheLongestServes() async throws {
        try await TestPool.with(process: Self.program, workers: 3) { pool async throws in
            var served: [Int32] = []
            for _ in 0..<6 { served.append(try await Self.processID(pool)) }
            #expect(Set(served) == Set(pool.processIDs))
            #expect(Array(served[..<3]) == Array(served[3...]))
        }
    }

    /// Runs `body` while a worker handles a request, which takes as long.
    private static func withBusyWorker(
        milliseconds: Int, workers: Int = 2, relay: TestWorker.Relay = .pipes,
        _ body: (TestPool, _ busy: Int32, Task<WorkerResponse, any Error>) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder async throws in
            let diary = "\(folder)/diary"
            try await TestPool.with(
                process: Self.program, workers: workers, environment: ["POOL_DIARY": diary], relay: relay
            ) { pool async throws in
                let request = Task { try await pool.send(.get("/spin?ms=\(milliseconds)")) }
                try await body(pool, try #require(try await eventualValue { Self.spinning(diary) }), request)
            }
        }
    }

    /// Also if another reset is asked for meanwhile.
    @Test func aResetReplacesAllWorkersOnceTheyAreFree() async throws {
        try await Self.withBusyWorker(milliseconds: 300) { pool, busy, request async throws in
            let before = pool.processIDs
            async let other: Void = pool.reset()
            try await pool.reset()
            try await other
            #expect(try await request.value.text == "\(busy)")
            #expect(pool.processIDs.count == 2 && Set(pool.processIDs).isDisjoint(with: before))
            let served = try await Self.processID(pool)
            #expect(pool.processIDs.contains(served))
        }
    }

    @Test func allWaitingEndsWithThePool() async throws {
        try await Self.withBusyWorker(milliseconds: 60_000, workers: 1) { pool, _, request async throws in
            let reset = Task { try await pool.reset() }
            let waiting = Task { try await pool.send(.get("/pid")) }
            try await Task.sleep(for: .milliseconds(50))
            await pool.abandon()
            await #expect(throws: TestWorkerError.self) { try await reset.value }
            await #expect(throws: TestWorkerError.self) { try await waiting.value }
            await #expect(throws: (any Error).self) { try await request.value }
        }
    }

    /// The pool goes on once its program can be started again.
    @Test func aResetThatFailsIsReported() async throws {
        try await withTemporaryDirectory { folder async throws in
            let (program, other) = ("\(folder)/program", "\(folder)/other")
            try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: Self.program)
            try await TestPool.with(process: program, workers: 1) { pool async throws in
                try FileManager.default.moveItem(atPath: program, toPath: other)
                await #expect(throws: (any Error).self) { try await pool.reset() }
                try FileManager.default.moveItem(atPath: other, toPath: program)
                let served = try await Self.processID(pool)
                #expect(pool.processIDs == [served])
            }
        }
    }

    /// The reset waits for nothing of the killed one.
    @Test(arguments: [TestWorker.Relay.pipes, .unix]) func aWorkerIsKilledWithinARequest(_ relay: TestWorker.Relay) async throws {
        try await Self.withBusyWorker(milliseconds: 60_000, relay: relay) { pool, busy, request async throws in
            let before = pool.processIDs
            pool.signal(SIGKILL, to: [busy])
            await #expect(throws: (any Error).self) { try await request.value }
            try await pool.reset()
            #expect(pool.processIDs.count == 2 && Set(pool.processIDs).isDisjoint(with: before))
            #expect(pool.idleEnds == 0)
        }
    }

    /// The process that has begun a request for `/spin`.
    private static func spinning(_ diary: String) -> Int32? {
        let text = (try? String(contentsOfFile: diary, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("spin ") }.flatMap { Int32($0.dropFirst(5)) }
    }

    @Test func aCrashedWorkerIsReplaced() async throws {
        try await TestPool.with(process: Self.program, workers: 1) { pool async throws in
            let before = pool.processIDs
            await #expect(throws: (any Error).self) { try await pool.send(.get("/crash")) }
            #expect(await pool.waitForReplacement(of: before))
            #expect(await pool.waitForStandardError(containing: "crashed on purpose"))
            #expect(try await pool.send(.get("/say/hello")).text == "hello")
        }
    }

    @Test func requestsFailOnceThePoolIsStopped() async throws {
        try await TestPool.with(process: Self.program, workers: 1) { pool async throws in
            await pool.stop()
            await #expect(throws: TestWorkerError.self) { try await pool.send(.get("/pid")) }
            await #expect(throws: TestWorkerError.self) { try await pool.reset() }
        }
    }
}
