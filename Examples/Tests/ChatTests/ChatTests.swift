import RoadRunnerTesting
import Testing

@testable import Chat

@Suite(.timeLimit(.minutes(1))) struct ChatTests {
    private func withChat(_ body: (TestWorker) async throws -> Void) async throws {
        try await TestWorker.with(kernel: Chat.self, mode: .centrifuge, body)
    }

    @Test func clientsWithANameMayConnect() async throws {
        try await self.withChat { worker async throws in
            let response = try await worker.send(.connect(data: #"{"name":"ann"}"#))
            #expect(response.user == "ann")
            #expect(response.data == #"{"welcome":"ann"}"#)
            #expect(response.expiresAt > 0)
            #expect(try await worker.send(.connect(data: #"{"name":""}"#)).disconnectCode != nil)
            #expect(try await worker.send(.connect()).disconnectCode != nil)
        }
    }

    @Test func onlyChannelsOfTheChatExist() async throws {
        try await self.withChat { worker async throws in
            #expect(try await worker.send(.subscribe("chat:lobby", user: "ann")).isAccepted)
            #expect(try await !worker.send(.subscribe("private", user: "ann")).isAccepted)
        }
    }

    @Test func clientsCannotSpeakInAnotherName() async throws {
        try await self.withChat { worker async throws in
            let response = try await worker.send(
                .publish(#"{"text":"hi","user":"ben"}"#, to: "chat:lobby", user: "ann"))
            #expect(response.isAccepted)
            #expect(response.data.contains(#""user":"ann""#) && response.data.contains(#""text":"hi""#))
            let empty = try await worker.send(.publish(#"{"text":""}"#, to: "chat:lobby", user: "ann"))
            #expect(empty.errorCode == 400)
        }
    }

    @Test func announcementsGoToCentrifugo() async throws {
        try await TestRPCServer.with { server async throws in
            await server.respond { $0.method == "centrifuge.Publish" ? .error("there is no Centrifugo") : .answer }
            try await TestWorker.with(kernel: Chat.self, environment: server.environment) { worker async throws in
                _ = try await worker.send(.post("/announcements", body: .form(["text": "hello"])))
            }
            let call = try await #require(server.calls.first { $0.method == "centrifuge.Publish" })
            #expect(String(buffer: call.arguments).contains("hello"))
        }
    }
}
