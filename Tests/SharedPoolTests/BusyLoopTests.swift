import Foundation
import NIOCore
import RoadRunnerTesting
import Testing

/// Tests handlers that do not suspend, or never return.
@Suite(.serialized, .timeLimit(.minutes(3))) struct BusyLoopTests {
    /// Idle slots that share the handler's event loop move to another one.
    @Test(.enabled(if: System.coreCount > 1, "there is only one event loop"))
    func aHandlerThatBlocksItsThreadBlocksNoOtherRequest() async throws {
        try await SharedPool.with(workers: 8) { shared async throws in
            let host = try await shared.hostID()
            let workers = shared.pool.processIDs
            try await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask {
                    _ = try await shared.pool.send(.get("/spin?ms=8000"))
                    return nil
                }
                while !shared.diary().contains("spin \(host)") { try await Task.sleep(for: .milliseconds(10)) }
                // More requests than slots, so every other slot gets at least one.
                for _ in 0..<24 { group.addTask { try await shared.pool.send(.get("/sleep?ms=20")).text } }
                var answered = 0
                while let text = try await group.next() {
                    guard let text else { break }
                    #expect(text.hasPrefix("\(host) "))
                    answered += 1
                }
                #expect(answered == 24)
            }
            #expect(shared.pool.processIDs == workers)
            #expect(shared.diary() == ["boot \(host)", "spin \(host)"])
            for _ in 0..<16 { #expect(try await shared.hostID() == host) }
            await shared.pool.stop()
            #expect(await hasEnded(host))
        }
    }

    /// RoadRunner kills their workers (`exec_ttl`), which does not end a handler in another process.
    @Test(arguments: [1, 4]) func handlersThatNeverReturn(_ count: Int) async throws {
        try await SharedPool.with(workers: 4, environment: ["POOL_STOP_DEADLINE": "2"]) { shared async throws in
            let host = try await shared.hostID()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        try await Self.loseWorkerInHandler(of: shared.pool)
                    }
                }
                try await group.waitForAll()
            }
            // Another process takes over, and this one ends although its handlers do not. Each request replaces one worker.
            _ = try await shared.underLoad(tasks: 4) { #expect(await hasEnded(host, within: 40)) }
            #expect(shared.pool.standardError.contains("another process takes over: a handler keeps its thread"))
            let next = try await Self.host(of: shared)
            #expect(next != host)
            for _ in 0..<8 { #expect(try await Self.host(of: shared) == next) }
            await shared.pool.stop()
            #expect(await hasEnded(next))
        }
    }

    /// As RoadRunner does when a request takes too long.
    private static func loseWorkerInHandler(of pool: TestPool) async throws {
        try await pool.withWorker { worker async throws in
            let process = try #require(worker.processID)
            let request = Task { try await worker.send(.get("/spin?ms=600000")) }
            try await Task.sleep(for: .milliseconds(500))
            kill(process, SIGKILL)
            await #expect(throws: TestWorkerError.self) { _ = try await request.value }
        }
    }

    /// Requests of a busy process are lost.
    private static func host(of shared: SharedPool) async throws -> pid_t {
        while true { if let pid = try? await shared.hostID() { return pid } }
    }
}
