import Centrifugo
import Foundation
import Goridge
import Logging
import NIOCore
import RoadRunnerAPI
import RoadRunnerRuntime
import RoadRunnerTesting
import SwiftProtobuf
import TestSupport
import Testing

/// Tests workers for Centrifugo's events from RoadRunner's side.
@Suite(.timeLimit(.minutes(1))) struct WorkerTests {
    private struct Mishap: Error, CustomStringConvertible {
        let description = "topsecret"
    }

    private struct Hello: Codable, Sendable { let name: String }

    private static let all: [TestEvent] = [
        .connect(), .refresh(user: "u"), .subscribe("c", user: "u"), .subRefresh("c", user: "u"),
        .publish("1", to: "c", user: "u"),
        .rpc("m", user: "u"),
    ]

    @Test func handlersDecideTheResponses() async throws {
        let events = CentrifugoEvents {
            OnConnect { event in
                let hello = try event.data.decode(as: Hello.self)
                guard hello.name != "nobody" else { return .disconnect(.unauthorized) }
                return .accept(
                    user: hello.name, data: ["cookie": event.metadata.cookie("sid") ?? ""],
                    expiresAt: Date(timeIntervalSince1970: 1_800_000_000))
            }
            OnRefresh { event in event.user == "gone" ? .expired : .extend(until: Date(timeIntervalSince1970: 1_900_000_000)) }
            OnSubscribe("chat:*") { _ in .accept(data: ByteBuffer(string: "[1]")) }
            OnSubRefresh { _ in .expired }
            OnPublish("chat:*") { event in .accept(data: ["by": event.user]) }
            OnPublish { _ in .error(try CentrifugoClientError(code: 403, message: "no", temporary: true)) }
            OnRPC("ping") { _ in .reply(["pong": true]) }
        }
        try await TestWorker.with(events, mode: .centrifuge) { worker async throws in
            let connected = try await worker.send(
                .connect(data: #"{"name":"ann"}"#, metadata: ["cookie": ["a=b; sid=s1"], "type": ["evil"]]))
            #expect(connected.isAccepted && connected.user == "ann" && connected.expiresAt == 1_800_000_000)
            #expect(connected.data == #"{"cookie":"s1"}"#)
            #expect(try await worker.send(.connect(data: #"{"name":"nobody"}"#)).disconnectCode == 4501)
            #expect(try await worker.send(.refresh(user: "ann")).expiresAt == 1_900_000_000)
            #expect(try await worker.send(.refresh(user: "gone")).isExpired)
            let subscribed = try await worker.send(.subscribe("chat:a", user: "ann"))
            #expect(subscribed.isAccepted && subscribed.data == "[1]")
            #expect(try await worker.send(.subscribe("news", user: "ann")).disconnectCode == 4500)
            #expect(try await worker.send(.subRefresh("chat:a", user: "ann")).isExpired)
            #expect(try await worker.send(.publish("1", to: "chat:a", user: "ann")).data == #"{"by":"ann"}"#)
            let refused = try await worker.send(.publish("1", to: "news", user: "ann"))
            #expect(refused.errorCode == 403 && refused.errorMessage == "no" && refused.isTemporary)
            #expect(try await worker.send(.rpc("ping", user: "ann")).data == #"{"pong":true}"#)
            #expect(try await worker.send(.rpc("pong", user: "ann")).errorCode == 104)
            // The worker sends only the responses.
            #expect(await worker.receivesNothing(for: .milliseconds(50)))
        }
    }

    @Test func unhandledEventsAreRefused() async throws {
        try await TestWorker.with(CentrifugoEvents { OnConnect { _ in .pass } }, mode: .centrifuge) { worker async throws in
            for event in Self.all {
                let reply = try await worker.send(event)
                switch event.type {
                case "refresh", "subrefresh": #expect(reply.isExpired && reply.expiresAt == 0)
                case "rpc": #expect(reply.errorCode == 104)
                default: #expect(reply.disconnectCode == 4500, "\(event.type)")
                }
            }
            let state = try ProxyNotifyChannelStateRequest.with { $0.events = [.with { $0.channel = "c" }] }.serializedBuffer()
            #expect(try await worker.send(TestEvent(type: "notifychannelstate", message: state)).failure == nil)
            let empty = try await worker.send(TestEvent(type: "notifycacheempty", message: ByteBuffer()))
            #expect(try ProxyNotifyCacheEmptyResponse(serializedBuffer: empty.message).hasResult)
        }
    }

    @Test func theFirstThatKnowsAnswersForACache() async throws {
        let events = CentrifugoEvents {
            OnCacheEmpty { _ in .pass }
            OnCacheEmpty("full*") { _ in .populated }
            OnCacheEmpty("full:not") { _ in
                Issue.record("it was answered")
                return .empty
            }
            OnCacheEmpty { event in
                if event.channel == "broken" { throw Mishap() }
                return .empty
            }
        }
        try await TestWorker.with(events, mode: .centrifuge) { worker async throws in
            for (channel, isPopulated) in [("full:not", true), ("empty", false)] {
                let message = try ProxyNotifyCacheEmptyRequest.with { $0.channel = channel }.serializedBuffer()
                let response = try await worker.send(TestEvent(type: "notifycacheempty", message: message))
                #expect(try ProxyNotifyCacheEmptyResponse(serializedBuffer: response.message).result.populated == isPopulated)
            }
            let message = try ProxyNotifyCacheEmptyRequest.with { $0.channel = "broken" }.serializedBuffer()
            #expect(try await worker.send(TestEvent(type: "notifycacheempty", message: message)).failure != nil)
        }
    }

    @Test func unhandledEventsAreAcceptedByPolicy() async throws {
        let policy = Dictionary(
            uniqueKeysWithValues: EventKind.allCases.map { ($0, CentrifugoEvents.UnhandledEventPolicy.accept) })
        try await TestWorker.with(CentrifugoEvents(unhandled: policy) {}, mode: .centrifuge) { worker async throws in
            for event in Self.all {
                let reply = try await worker.send(event)
                #expect(reply.isAccepted && !reply.isExpired, "\(event.type)")
                if event.type.hasSuffix("refresh") { #expect(reply.expiresAt > Int64(Date().timeIntervalSince1970)) }
            }
        }
    }

    @Test(arguments: [false, true]) func handlersThatThrow(_ isDebug: Bool) async throws {
        let events = CentrifugoEvents {
            OnConnect { _ in throw Mishap() }
            OnRefresh { _ in throw Mishap() }
            OnSubscribe { _ in throw Mishap() }
            OnSubRefresh { _ in throw Mishap() }
            OnPublish { _ in throw Mishap() }
            OnRPC("own") { _ in throw try CentrifugoClientError(code: 418, message: "teapot") }
            OnRPC { _ in throw Mishap() }
        }
        try await TestWorker.with(events, environment: ["APP_DEBUG": "\(isDebug)"], mode: .centrifuge) { worker async throws in
            for event in Self.all {
                let reply = try await worker.send(event)
                if event.type.hasSuffix("refresh") {
                    // The call fails, and the connection stays open.
                    #expect(reply.failure?.contains("topsecret") == isDebug, "\(event.type)")
                } else {
                    #expect(reply.errorCode == 100 && reply.isTemporary, "\(event.type)")
                    #expect(reply.errorMessage?.contains("topsecret") == isDebug)
                    if !isDebug { #expect(reply.errorMessage == "Unexpected system error") }
                }
            }
            #expect(try await worker.send(.rpc("own", user: "u")).errorCode == 418)
        }
    }

    @Test func dataThatCannotBeEncodedIsAFailure() async throws {
        let events = CentrifugoEvents { OnRPC { _ in .reply(Double.nan) } }
        try await TestWorker.with(events, mode: .centrifuge) { worker async throws in
            #expect(try await worker.send(.rpc("m", user: "u")).errorCode == 100)
        }
    }

    @Test func malformedEventsGetAnErrorAndNeverAnEmptyResponse() async throws {
        try await TestWorker.with(CentrifugoEvents(unhandled: [.publish: .accept]) {}, mode: .centrifuge) {
            worker async throws in
            for event in [
                TestEvent(type: "unheard-of", message: ByteBuffer()),
                TestEvent(type: "publish", message: ByteBuffer(bytes: [0xFF, 0xFF, 0xFF])),
                TestEvent(type: "", message: ByteBuffer()),
            ] { #expect(try await worker.send(event).errorCode == 107) }
            for context in ["", "{", "[]", "{}", #"{"type":"connect"}"#, #"{"type":[]}"#, #"{"type":[7]}"#] {
                try await worker.send(payload: ByteBuffer(string: context), body: ByteBuffer(string: "x"))
                let frame = try await worker.nextFrame()
                let response = try ProxyPublishResponse(serializedBytes: Array(frame.payload.readableBytesView))
                #expect(response.error.code == 107, "\(context)")
            }
            var random = SeededGenerator.forTest()
            for _ in 0..<300 {
                let type = EventKind.allCases.randomElement(using: &random)?.rawValue ?? ""
                let bytes = random.bytes(Int.random(in: 0..<40, using: &random))
                try await worker.send(payload: ByteBuffer(string: "{\"type\":[\"\(type)\"]}"), body: ByteBuffer(bytes: bytes))
                #expect(try await worker.nextFrame().payload.readableBytes > 0 || type == "notifychannelstate")
            }
        }
    }

    @Test func callsAreRetriedUntilRoadRunnerIsReady() async throws {
        try await TestRPCServer.with { server in
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            let calls = Counter()
            await server.respond { call in
                if calls.next() < 3 { return .error("RoadRunner is not ready yet, try in a few seconds") }
                let response = CentrifugoPublishResponse.with { $0.result = .with { ($0.offset, $0.epoch) = (5, "e") } }
                let bytes: [UInt8] = (try? response.serializedBytes()) ?? []
                return .frames([Frame(flags: call.flags, options: [call.sequenceNumber, 0], payload: ByteBuffer(bytes: bytes))])
            }
            let result = try await CentrifugoClient(rpc: client).publish(["a": 1], to: "c", tags: ["t": "1"])
            #expect(result.offset == 5 && result.epoch == "e")
            #expect(calls.value == 3)
            let request = try CentrifugoPublishRequest(
                serializedBytes: Array(try #require(await server.calls.last).arguments.readableBytesView))
            #expect(request.channel == "c" && request.data == Data(#"{"a":1}"#.utf8) && request.tags == ["t": "1"])
            await client.close()
        }
    }
}
