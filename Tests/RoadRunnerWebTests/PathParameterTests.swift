import HTTPWorker
import Hummingbird
import RoadRunnerTesting
import Testing

@testable import RoadRunnerWeb

@Suite struct PathParameterTests {
    @Test(arguments: [
        ("plain", "plain"), ("a%20b", "a b"), ("a%2Fb", "a/b"), ("%C5%BEena", "žena"), ("a+b", "a+b"), ("%", nil), ("%+1", nil),
        ("%2", nil), ("%FF", nil),
    ])
    func parametersAreDecoded(_ encoded: String, _ decoded: String?) async throws {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.get("notes/:name") { _, context in try context.parameters.requireDecoded("name") }
        router.get("other/:name") { _, context in try context.parameters.requireDecoded("title") }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            let response = try await worker.send(.get("/notes/\(encoded)"))
            #expect(response.status == (decoded == nil ? .badRequest : .ok))
            if let decoded { #expect(response.text == decoded) }
            #expect(try await worker.send(.get("/other/x")).status == .badRequest)
        }
    }
}
