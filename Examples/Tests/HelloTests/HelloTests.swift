import RoadRunnerTesting
import Testing

@testable import Hello

@Suite(.timeLimit(.minutes(1))) struct HelloTests {
    @Test func saysHello() async throws {
        try await TestWorker.with(kernel: Hello.self) { worker async throws in
            #expect(try await worker.send(.get("/hello")).text == "Hello from Swift!")
            #expect(try await worker.send(.get("/nothing")).status == .notFound)
        }
    }
}
