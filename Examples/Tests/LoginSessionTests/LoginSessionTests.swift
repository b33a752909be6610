import RoadRunnerTesting
import Testing

@testable import LoginSession

@Suite(.timeLimit(.minutes(1))) struct LoginSessionTests {
    private static func withWorker(_ server: TestRPCServer, _ body: (TestWorker) async throws -> Void) async throws {
        try await TestWorker.with(kernel: LoginSession.self, environment: server.environment, body)
    }

    @Test func usersAreLoggedInUntilTheyLogOut() async throws {
        try await TestRPCServer.with { server async throws in
            try await Self.withWorker(server) { worker async throws in
                let browser = TestBrowser(worker)
                #expect(try await browser.send(.get("/me")).status == .unauthorized)
                let login = try TestRequest.Body.form(["user": "ann", "password": "secret"])
                let response = try await browser.send(.post("/login", body: login))
                #expect(response.status == .seeOther && response.headers[.location] == "/me")
                #expect(try await browser.send(.get("/me")).text.contains("Welcome, ann."))
                #expect(try await browser.send(.get("/me")).text == #"{"user":"ann"}"#)
                #expect(try await browser.send(.post("/logout")).status == .noContent)
                #expect(try await browser.send(.get("/me")).status == .unauthorized)
            }
        }
    }

    @Test func anotherWorkerReadsTheSession() async throws {
        try await TestRPCServer.with { server async throws in
            var cookie = ""
            try await Self.withWorker(server) { worker async throws in
                let browser = TestBrowser(worker)
                try await browser.send(.post("/login", body: .form(["user": "ann", "password": "secret"])))
                cookie = browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            }
            try await Self.withWorker(server) { worker async throws in
                #expect(try await worker.send(.get("/me", headers: [.cookie: cookie])).status == .ok)
            }
        }
    }

    @Test func aWrongPasswordIsRefused() async throws {
        try await TestRPCServer.with { server async throws in
            try await Self.withWorker(server) { worker async throws in
                let browser = TestBrowser(worker)
                let login = try TestRequest.Body.form(["user": "ann", "password": "guess"])
                #expect(try await browser.send(.post("/login", body: login)).status == .unauthorized)
                #expect(try await browser.send(.get("/me")).status == .unauthorized)
            }
        }
    }
}
