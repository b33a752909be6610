import ExampleProgram
import RoadRunnerTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct NativeTests {
    @Test func visitsAreCountedByRoadRunner() async throws {
        try await TestRPCServer.with { server async throws in
            try await ExampleProgram.with("Native", environment: server.environment) { program async throws in
                #expect(try await program.get("/visits") == "visit 1\n")
                #expect(try await program.get("/visits") == "visit 2\n")
                await server.waitForCalls("metrics.Add", count: 1)
                #expect(await server.metrics.contains { $0.key.hasPrefix("native_visits_total") })
            }
            // As after RoadRunner has restarted the program.
            try await ExampleProgram.with("Native", environment: server.environment) { program async throws in
                #expect(try await program.get("/visits") == "visit 3\n")
            }
        }
    }

    @Test func oneProcessServesManyAtATime() async throws {
        try await TestRPCServer.with { server async throws in
            try await ExampleProgram.with("Native", environment: server.environment) { program async throws in
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<50 { group.addTask { try await program.get("/wait") } }
                    for try await text in group { #expect(text == "waited\n") }
                }
                // Sequentially they would take 5 seconds.
                #expect(ContinuousClock.now - start < .seconds(4))
            }
        }
    }
}
