import Foundation
import Goridge
import NIOCore
import RoadRunnerAPI
import RoadRunnerRuntime
import RoadRunnerTesting
import SwiftProtobuf
import TestSupport
import Testing

/// Tests the demo's chat, with workers for Centrifugo's events and standalone.
@Suite(.timeLimit(.minutes(2))) struct DemoChatTests {
    private struct Message: Codable, Equatable {
        let text: String
        let user: String
        let at: String
    }

    private struct History: Codable { let messages: [Message] }

    /// Parses JSON, whose keys have no order.
    private static func json(_ text: String) throws -> JSONText { try JSONDecoder().decode(JSONText.self, from: Data(text.utf8)) }
    private static func json(_ response: WorkerResponse) throws -> JSONText { try Self.json(response.text) }

    private static func withChat(
        environment: [String: String] = [:], _ body: (TestWorker, TestRPCServer) async throws -> Void
    ) async throws {
        try await TestRPCServer.with(storages: ["cache", "vault"]) { server in
            try await DemoProcess.with(environment: server.environment.merging(environment) { $1 }, mode: .centrifuge) { worker in
                try await body(worker, server)
            }
        }
    }

    @Test func clientsWithANameAreConnected() async throws {
        try await Self.withChat(environment: ["CHAT_CONNECTION_TTL": "100"]) { worker, _ async throws in
            let reply = try await worker.send(.connect(data: #"{"name":"ann"}"#))
            #expect(reply.isAccepted && reply.user == "ann" && reply.data == #"{"welcome":"ann"}"#)
            let now = Int64(Date().timeIntervalSince1970)
            #expect((now + 90...now + 102).contains(reply.expiresAt))
            #expect((now + 90...now + 102).contains(try await worker.send(.refresh(user: "ann")).expiresAt))
            for data in ["", "{}", #"{"name":""}"#, #"{"name":7}"#, "nonsense"] {
                #expect(try await worker.send(.connect(data: data)).disconnectCode == 4501, "\(data)")
            }
        }
    }

    @Test func channelsOfTheChat() async throws {
        try await Self.withChat { worker, _ async throws in
            #expect(try await worker.send(.subscribe("chat:lobby", user: "ann")).isAccepted)
            #expect(try await worker.send(.subscribe("private:x", user: "ann")).errorCode == 403)
            #expect(try await worker.send(.subscribe("other", user: "ann")).errorCode == 403)
            #expect(try await worker.send(.publish(#"{"text":"x"}"#, to: "other", user: "ann")).errorCode == 403)
            for data in ["", "{}", #"{"text":""}"#, #"{"text":7}"#, #"{"text":"\#(String(repeating: "x", count: 501))"}"#] {
                #expect(
                    try await worker.send(.publish(data, to: "chat:lobby", user: "ann")).errorCode == 400, "\(data.prefix(20))")
            }
            // The limit counts characters, rather than bytes.
            let longest = String(repeating: "👩‍👩‍👧‍👦", count: 500)
            #expect(try await worker.send(.publish(#"{"text":"\#(longest)"}"#, to: "chat:lobby", user: "ann")).isAccepted)
        }
    }

    @Test func messagesAreRewrittenAndRemembered() async throws {
        try await Self.withChat { worker, _ async throws in
            for number in 1...12 {
                let reply = try await worker.send(
                    .publish(#"{"text":"t\#(number)","user":"mallory","evil":true}"#, to: "chat:lobby", user: "ann"))
                let object = try JSONDecoder().decode([String: String].self, from: Data(reply.data.utf8))
                #expect(Set(object.keys) == ["text", "user", "at"])
                #expect(object["text"] == "t\(number)" && object["user"] == "ann")
                #expect(object["at"]?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
            }
            let reply = try await worker.send(.rpc("history", data: #"{"channel":"chat:lobby"}"#, user: "ann"))
            let history = try JSONDecoder().decode(History.self, from: Data(reply.data.utf8))
            #expect(history.messages.map(\.text) == (3...12).map { "t\($0)" })
            let empty = try await worker.send(.rpc("history", data: #"{"channel":"chat:empty"}"#, user: "ann"))
            #expect(empty.data == #"{"messages":[]}"#)
            #expect(try await worker.send(.rpc("history", data: #"{"channel":"private:x"}"#, user: "ann")).errorCode == 403)
            #expect(try await worker.send(.rpc("history", user: "ann")).errorCode == 403)
            #expect(try await worker.send(.rpc("ping", user: "ann")).data == #"{"pong":true}"#)
            #expect(try await worker.send(.rpc("other", user: "ann")).errorCode == 404)
        }
    }

    /// The http workers of the same program.
    @Test func broadcastAndPresence() async throws {
        try await TestRPCServer.with(storages: ["cache", "vault"]) { server in
            await server.respond { call in
                let message: any SwiftProtobuf.Message
                switch call.method {
                case "centrifuge.Publish":
                    message = CentrifugoPublishResponse.with { $0.result = .with { ($0.offset, $0.epoch) = (7, "e") } }
                case "centrifuge.Presence":
                    message = CentrifugoPresenceResponse.with {
                        $0.result = .with { $0.presence = ["c1": .with { ($0.client, $0.user) = ("c1", "ann") }] }
                    }
                default: return .answer
                }
                let bytes: [UInt8] = (try? message.serializedBytes()) ?? []
                return .frames([Frame(flags: call.flags, options: [call.sequenceNumber, 0], payload: ByteBuffer(bytes: bytes))])
            }
            try await DemoProcess.with(environment: server.environment) { worker async throws in
                let broadcast = TestRequest(
                    "POST", "http://localhost/broadcast?channel=chat:lobby", headers: [], body: ByteBuffer(string: "hello"))
                #expect(try Self.json(await worker.send(broadcast)) == Self.json(#"{"offset":7,"epoch":"e"}"#))
                let call = try #require(await server.calls.first { $0.method == "centrifuge.Publish" })
                let request = try CentrifugoPublishRequest(serializedBytes: Array(call.arguments.readableBytesView))
                #expect(request.channel == "chat:lobby")
                #expect(try JSONDecoder().decode(Message.self, from: request.data).text == "hello")
                #expect(
                    try Self.json(await worker.send(.get("/presence?channel=chat:lobby")))
                        == Self.json(#"{"clients":[{"client":"c1","user":"ann"}]}"#))
                #expect(try await worker.send(.get("/chat")).text.contains("<title>roadrunner-swift: chat</title>"))
                #expect(try await worker.send(.get("/presence")).status == 400)
                await server.respond { _ in .error("rpc error: code = Unavailable desc = connection refused") }
                #expect(try await worker.send(broadcast).status == 502)
                #expect(try await worker.send(.get("/presence?channel=chat:lobby")).status == 502)
            }
        }
    }
}
