import ExampleProgram
import RoadRunnerTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct SharedPoolTests {
    private static func visits(_ environment: [String: String]) async throws -> [String] {
        try await TestPool.with(process: ExampleProgram.path("SharedPool"), workers: 3, environment: environment) { pool in
            var visits: [String] = []
            // The pool passes requests to its workers in turn.
            for _ in 0..<3 { visits.append(try await pool.send(.get("/visits")).text) }
            return visits
        }
    }

    @Test func allWorkersHaveOneCounter() async throws {
        #expect(try await Self.visits(["APP_RUNTIME": "shared"]) == ["visit 1\n", "visit 2\n", "visit 3\n"])
    }

    @Test func withoutItEachHasItsOwn() async throws {
        #expect(try await Self.visits([:]) == ["visit 1\n", "visit 1\n", "visit 1\n"])
    }

    @Test func workersWaitAtTheSameTime() async throws {
        let environment = ["APP_RUNTIME": "shared"]
        try await TestPool.with(
            process: ExampleProgram.path("SharedPool"), workers: 16, environment: environment
        ) { pool async throws in
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<32 { group.addTask { try await pool.send(.get("/wait")).text } }
                for try await text in group { #expect(text == "waited\n") }
            }
            // Sequentially they would take 3.2 seconds.
            #expect(ContinuousClock.now - start < .seconds(2))
        }
    }
}
