import Foundation
import Logging
import NIOCore
import RoadRunnerAPI
import SwiftProtobuf
import TestSupport
import Testing

@testable import Centrifugo

@Suite struct RoutingTests {
    private static let logger = Logger(label: "test")
    private static let metadata = ProxyMetadata([:])

    /// Cookies are parsed as bytes: a separator followed by a combining mark is still a separator.
    @Test func cookiesOfForwardedHeaders() {
        let metadata = ProxyMetadata(["cookie": ["a=1;\u{301}b=2; sid=s1", "\tx = y=z ", "e\u{301}=3"]])
        #expect(metadata.cookie("a") == "1")
        #expect(metadata.cookie("sid") == "s1")
        #expect(metadata.cookie("x") == "y=z")
        #expect(metadata.cookie("\u{301}b") == "2")
        #expect(metadata.cookie("\u{E9}") == nil)
        #expect(metadata.cookie("missing") == nil)
    }

    private static func publish(_ channel: String) -> CentrifugoEvent {
        .publish(PublishEvent(message: .with { $0.channel = channel }, metadata: Self.metadata))
    }

    private static func data(_ events: CentrifugoEvents, _ event: CentrifugoEvent) async throws -> String? {
        let dispatcher = try events.dispatcher(isDebug: false, logger: Self.logger)
        guard case .message(let message) = await dispatcher.respond(to: event, logger: Self.logger),
            let response = message as? ProxyPublishResponse, response.hasResult
        else { return nil }
        return String(decoding: response.result.data, as: UTF8.self)
    }

    /// Centrifugo compares names as bytes: names that Swift considers equal are distinct.
    @Test func exactNamesAreBytes() async throws {
        let events = CentrifugoEvents {
            OnPublish("caf\u{E9}") { _ in .accept(data: "composed") }
            OnPublish("cafe\u{301}") { _ in .accept(data: "decomposed") }
        }
        #expect(try await Self.data(events, Self.publish("caf\u{E9}")) == "\"composed\"")
        #expect(try await Self.data(events, Self.publish("cafe\u{301}")) == "\"decomposed\"")
        let one = CentrifugoEvents { OnPublish("caf\u{E9}") { _ in .accept(data: "composed") } }
        #expect(try await Self.data(one, Self.publish("cafe\u{301}")) == nil)
    }

    @Test(
        arguments: [
            ("chat:*", "chat:a", true), ("chat:*", "chat:", true), ("chat:*", "chat", false), ("*", "", true), ("*", "x", true),
            ("*:a", "chat:a", true), ("*:a", "chat:ab", false), ("a*b*c", "abc", true), ("a*b*c", "axxbyyc", true),
            ("a*b*c", "acb", false), ("a*a", "a", false), ("a*a", "aa", true), ("**", "x", true), ("a*bc*bc", "abcbc", true),
            ("a*bc*bc", "abc", false), ("ž*", "žluť", true),
        ])
    func patterns(_ pattern: String, _ name: String, _ matches: Bool) throws {
        #expect(try #require(ChannelPattern(pattern)).matches(name) == matches)
    }

    @Test func patternsAgainstAModel() throws {
        var random = SeededGenerator.forTest()
        func model(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first == "*" {
                return model(pattern.dropFirst(), name) || (!name.isEmpty && model(pattern, name.dropFirst()))
            }
            return name.first == first && model(pattern.dropFirst(), name.dropFirst())
        }
        for _ in 0..<20_000 {
            let pattern = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                Character(["a", "b", "*"].randomElement(using: &random) ?? "a")
            }
            let name = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                Character(["a", "b"].randomElement(using: &random) ?? "a")
            }
            guard let compiled = ChannelPattern(String(pattern)) else { continue }
            #expect(compiled.matches(String(name)) == model(pattern[...], name[...]), "\(String(pattern)) \(String(name))")
        }
    }

    /// Clients choose the names: a long name must not cause exponential time.
    @Test func aHostileNameTakesLittleTime() {
        let pattern = ChannelPattern(String(repeating: "a*", count: 30) + "b")
        #expect(pattern?.matches(String(repeating: "a", count: 20_000)) == false)
    }

    @Test func theFirstHandlerThatDoesNotPassDecides() async throws {
        let asked = Asked()
        let events = CentrifugoEvents {
            OnPublish("chat:*") { _ in
                asked.add("wildcard")
                return .pass
            }
            OnPublish("chat:lobby") { _ in
                asked.add("exact")
                return .accept(data: "exact")
            }
            OnPublish(priority: -1) { _ in .accept(data: "rest") }
            OnPublish("chat:l*", priority: 5) { _ in
                asked.add("first")
                return .pass
            }
        }
        #expect(try await Self.data(events, Self.publish("chat:lobby")) == "\"exact\"")
        #expect(asked.take() == ["first", "wildcard", "exact"])
        #expect(try await Self.data(events, Self.publish("chat:other")) == "\"rest\"")
        #expect(asked.take() == ["wildcard"])
        #expect(try await Self.data(events, Self.publish("news")) == "\"rest\"")
    }

    @Test func connectHandlersAreCalledOnceForAllChannels() async throws {
        let asked = Asked()
        let events = CentrifugoEvents {
            OnConnect("chat:*") { event in
                asked.add("chat")
                return .pass
            }
            OnConnect("news") { _ in
                asked.add("news")
                return .pass
            }
            OnConnect { _ in .accept(user: "u") }
        }
        let dispatcher = try events.dispatcher(isDebug: false, logger: Self.logger)
        for (channels, expected) in [([], []), (["chat:a", "chat:b"], ["chat"]), (["news", "chat:a"], ["chat", "news"])]
            as [([String], [String])]
        {
            let event = ConnectEvent(message: .with { $0.channels = channels }, metadata: Self.metadata)
            guard case .message(let message) = await dispatcher.respond(to: .connect(event), logger: Self.logger) else {
                continue
            }
            #expect((message as? ProxyConnectResponse)?.result.user == "u")
            #expect(asked.take() == expected)
        }
    }

    @Test func handlersOfAGroupAreAskedInItsPlace() async throws {
        struct Group: CentrifugoHandlers {
            let data: String
            @CentrifugoHandlersBuilder var routes: [CentrifugoRoute] {
                OnPublish("a*") { _ in .accept(data: self.data) }
                OnPublish("b*") { _ in .pass }
            }
        }
        let events = CentrifugoEvents {
            OnPublish("ab*") { _ in .accept(data: "before") }
            Group(data: "group")
            OnPublish { _ in .accept(data: "after") }
        }
        #expect(try await Self.data(events, Self.publish("ab")) == "\"before\"")
        #expect(try await Self.data(events, Self.publish("a")) == "\"group\"")
        #expect(try await Self.data(events, Self.publish("b")) == "\"after\"")
    }

    @Test(arguments: EventKind.allCases) func eventsOfAllKindsAreRead(_ kind: EventKind) throws {
        func details(_ message: CentrifugoEvent.EncodedMessage) throws -> any ProxyEvent {
            try #require(CentrifugoEvent(kind, type: "", message: message, metadata: ProxyMetadata(["a": ["b"]])).details)
        }
        #expect(try details(.protobuf(ByteBuffer())).kind == kind)
        // Each kind has some of these fields.
        let event = try details(.json(ByteBuffer(string: #"{"client":"id","channel":"chat","method":"ping"}"#)))
        #expect(event.kind == kind)
        #expect(event.metadata["A"] == ["b"])
        #expect(event.clientID == (kind == .channelState || kind == .cacheEmpty ? nil : "id"))
        switch kind {
        case .connect, .refresh, .channelState: #expect(event.subject == nil)
        case .subscribe, .subRefresh, .publish, .cacheEmpty: #expect(event.subject == "chat")
        case .rpc: #expect(event.subject == "ping")
        }
    }

    @Test func eventsOverHTTPHaveTheirPaths() {
        #expect(
            EventKind.allCases.map(\.path) == [
                "connect", "refresh", "subscribe", "sub_refresh", "publish", "rpc", "notify_channel_state", "notify_cache_empty",
            ])
    }

    @Test func mistakesAreFoundAtBoot() {
        func code(_ events: CentrifugoEvents) -> RouteError.Code? {
            do { _ = try events.dispatcher(isDebug: false, logger: Self.logger) } catch { return error.code }
            return nil
        }
        #expect(code(CentrifugoEvents { OnPublish("") { _ in .pass } }) == .emptyPattern)
        #expect(code(CentrifugoEvents { OnRPC("") { _ in .pass } }) == .emptyPattern)
        #expect(
            code(
                CentrifugoEvents {
                    OnRPC("ping") { _ in .reply() }
                    OnRPC("ping", priority: 7) { _ in .reply() }
                }) == .duplicateRoute)
        #expect(
            code(
                CentrifugoEvents {
                    OnRPC("ping") { _ in .reply() }
                    OnSubscribe("ping") { _ in .pass }
                    OnSubscribe("p*") { _ in .pass }
                    OnSubscribe("p*") { _ in .pass }
                }) == nil)
    }

    @Test func listenersGetEveryEventAndChangeNone() async throws {
        let asked = Asked()
        struct Mishap: Error {}
        let events = CentrifugoEvents {
            OnAnyEvent { event in
                if case .publish(let event) = event { asked.add(event.channel) }
                throw Mishap()
            }
            OnPublish("a") { _ in .accept(data: 1) }
        }
        #expect(try await Self.data(events, Self.publish("a")) == "1")
        #expect(try await Self.data(events, Self.publish("b")) == nil)
        #expect(asked.take() == ["a", "b"])
    }

    @Test func codesAreThoseOfAnApplication() throws {
        for code: UInt32 in [0, 100, 399, 2000, 4500] {
            #expect(throws: CodeRangeError.self) { try CentrifugoClientError(code: code, message: "") }
        }
        for code: UInt32 in [400, 1999] { #expect(try CentrifugoClientError(code: code, message: "m").code == code) }
        for code: UInt32 in [0, 100, 3500, 3999, 5000] {
            #expect(throws: CodeRangeError.self) { try CentrifugoClientDisconnect(code: code, reason: "") }
        }
        #expect(try !CentrifugoClientDisconnect(code: 4499, reason: "").isTerminal)
        #expect(try CentrifugoClientDisconnect(code: 4500, reason: "").isTerminal)
        #expect(try CentrifugoClientDisconnect(code: 4000, reason: String(repeating: "ž", count: 100)).reason.utf8.count <= 123)
    }
}

/// Records the handlers that were called, in order.
private final class Asked: @unchecked Sendable {
    private let lock = NSLock()
    private var names: [String] = []
    func add(_ name: String) { self.lock.withLock { self.names.append(name) } }
    func take() -> [String] {
        self.lock.withLock {
            defer { self.names = [] }
            return self.names
        }
    }
}
