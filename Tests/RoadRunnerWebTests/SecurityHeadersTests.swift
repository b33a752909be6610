import HTTPTypes
import Hummingbird
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

@Suite(.timeLimit(.minutes(1))) struct SecurityHeadersTests {
    @Test func areAddedWhereTheyAreMissing() async throws {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.add(middleware: SecurityHeaders(transportSecurity: .seconds(60)))
        router.get("ok") { _, _ in
            Response(status: .ok, headers: [.xFrameOptions: "DENY"], body: .text("ok"))
        }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            let response = try await worker.send(.get("/ok"))
            #expect(response.head["X-Content-Type-Options"] == ["nosniff"])
            #expect(response.head["X-Frame-Options"] == ["DENY"])
            #expect(response.head["Strict-Transport-Security"].isEmpty)
            #expect(try await worker.send(.get("https://a/ok")).head["Strict-Transport-Security"] == ["max-age=60"])
            let unknown = try await worker.send(.get("/nope"))
            #expect(unknown.status == 404)
            #expect(unknown.head["X-Content-Type-Options"] == ["nosniff"])
        }
    }
}
