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

    @Test func aResetReplacesAllWorkers() async throws {
        try await TestPool.with(process: Self.program, workers: 2) { pool async throws in
            let before = pool.processIDs
            async let slow = pool.send(.get("/sleep?ms=200"))
            try await pool.reset()
            #expect(try await slow.status == .ok)
            #expect(pool.processIDs.count == 2 && Set(pool.processIDs).isDisjoint(with: before))
            #expect(pool.processIDs.contains(try await Self.processID(pool)))
        }
    }

    /// The reset waits for the worker that replaces the killed one, and for nothing else.
    @Test(arguments: [TestWorker.Relay.pipes, .unix]) func aWorkerIsKilledWithinARequest(_ relay: TestWorker.Relay) async throws {
        try await withTemporaryDirectory { folder async throws in
            let diary = "\(folder)/diary"
            try await TestPool.with(
                process: Self.program, workers: 2, environment: ["POOL_DIARY": diary], relay: relay
            ) { pool async throws in
                let before = pool.processIDs
                let abandoned = Task { try await pool.send(.get("/spin?ms=60000")) }
                let busy = try #require(try await eventualValue { Self.spinning(diary) })
                pool.signal(SIGKILL, to: [busy])
                await #expect(throws: (any Error).self) { try await abandoned.value }
                try await pool.reset()
                #expect(pool.processIDs.count == 2 && Set(pool.processIDs).isDisjoint(with: before))
                #expect(pool.idleEnds == 0)
            }
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
            #expect(pool.standardError.contains("crashed on purpose"))
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
