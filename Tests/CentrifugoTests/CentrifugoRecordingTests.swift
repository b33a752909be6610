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

@testable import Centrifugo

/// Replays events and responses that were recorded between a real Centrifugo and a real RoadRunner.
@Suite(.timeLimit(.minutes(1))) struct CentrifugoRecordingTests {
    private static func frames(_ dir: String) throws -> [(recording: String, frame: CentrifugoRecording.Frame, parsed: Frame)] {
        try (CentrifugoRecording.all("centrifugo") + CentrifugoRecording.all("centrifugo-next")).flatMap { recording in
            try recording.frames.filter { $0.dir == dir && $0.raw != true }.compactMap { frame in
                var decoder = FrameDecoder()
                decoder.feed(ByteBuffer(bytes: frame.bytes))
                return try decoder.next().map { (recording.name, frame, $0) }
            }
        }
    }

    // MARK: Events

    @Test func eventsAreReadAsRecorded() throws {
        var kinds: [String: Int] = [:]
        for (name, frame, parsed) in try Self.frames("rr>worker") {
            guard let body = frame.decoded.body, let context = frame.decoded.context else { continue }
            let event = CentrifugoEvent(try Payload(parsed))
            guard case .object(let values) = context, let type = values["type"]?.list?.last?.string else { continue }
            kinds[type, default: 0] += 1
            switch event {
            case .connect(let event):
                Self.check(event.message, body, name)
                #expect(event.name == body["name"]?.string ?? "" && event.version == body["version"]?.string ?? "", "\(name)")
                #expect(event.channels == body["channels"]?.list?.compactMap(\.string) ?? [])
                Self.check(event.data, body, name)
                Self.check(event.metadata, values, name)
            case .refresh(let event):
                Self.check(event.message, body, name)
                #expect(event.user == body["user"]?.string ?? "")
                #expect(event.meta.bytes == Self.buffer(body["meta"]), "\(name)")
            case .subscribe(let event):
                Self.check(event.message, body, name)
                #expect(event.channel == body["channel"]?.string && event.token == body["token"]?.string ?? "", "\(name)")
                #expect(event.user == body["user"]?.string ?? "")
                Self.check(event.data, body, name)
                #expect(event.meta.bytes == Self.buffer(body["meta"]), "\(name)")
            case .subRefresh(let event):
                Self.check(event.message, body, name)
                #expect(event.channel == body["channel"]?.string && event.user == body["user"]?.string ?? "", "\(name)")
            case .publish(let event):
                Self.check(event.message, body, name)
                #expect(event.channel == body["channel"]?.string && event.user == body["user"]?.string ?? "", "\(name)")
                Self.check(event.data, body, name)
            case .rpc(let event):
                Self.check(event.message, body, name)
                #expect(event.method == body["method"]?.string ?? "" && event.user == body["user"]?.string ?? "", "\(name)")
                Self.check(event.data, body, name)
            case .channelState(let event):
                let changes = body["events"]?.list ?? []
                #expect(event.changes.map(\.channel) == changes.map { $0["channel"]?.string ?? "" }, "\(name)")
                #expect(event.changes.map(\.type) == changes.map { $0["type"]?.string ?? "" }, "\(name)")
            case .cacheEmpty(let event):
                #expect(event.channel == body["channel"]?.string, "\(name)")
            case .invalid(let type, let reason):
                Issue.record("\(name): \(type): \(reason)")
            }
        }
        // Every kind occurs.
        #expect(Set(EventKind.allCases.map(\.rawValue)).isSubset(of: kinds.keys))
        #expect(kinds.values.reduce(0, +) > 150)
    }

    private static func check(_ message: some ProxyRequest, _ body: JSONText, _ name: String) {
        #expect(message.client == body["client"]?.string ?? "", "\(name)")
        #expect(message.transport == body["transport"]?.string ?? "", "\(name)")
        #expect(message.protocol == body["protocol"]?.string ?? "", "\(name)")
        #expect(message.encoding == body["encoding"]?.string ?? "", "\(name)")
    }

    private static func check(_ data: EventPayload, _ body: JSONText, _ name: String) {
        if let base64 = body["b64data"]?.string ?? body["b64Data"]?.string {
            #expect(Data(data.bytes.readableBytesView) == Data(base64Encoded: base64), "\(name)")
        } else {
            #expect(data.bytes == Self.buffer(body["data"]), "\(name)")
        }
    }

    private static func check(_ metadata: ProxyMetadata, _ values: [String: JSONText], _ name: String) {
        for (key, value) in values where key != "type" {
            #expect(metadata[key.uppercased()] == value.list?.compactMap(\.string), "\(name)")
        }
        if let cookie = values["cookie"]?.list?.first?.string, cookie.hasPrefix("sid=abc") {
            #expect(metadata.cookie("sid") == "abc")
        }
    }

    private static func buffer(_ value: JSONText?) -> ByteBuffer { ByteBuffer(bytes: value?.bytes ?? Data()) }

    // MARK: Responses

    /// Compares each recorded response with the one of a handler that returns the same content.
    @Test func responsesWithTheSameContentAreTheSameMessages() async throws {
        var answers = 0
        for (name, frame, parsed) in try Self.frames("worker>rr") {
            guard !parsed.flags.contains(.error), let type = frame.decoded.message, frame.decoded.body != nil else { continue }
            let bytes = Array(parsed.payload.readableBytesView.dropFirst(Int(parsed.options.first ?? 0)))
            // Some responses are malformed on purpose, and those of a binary client have their data in base64, which is not needed.
            guard let (handlers, expected) = try? Self.handlers(for: type, bytes), !name.hasPrefix("binary_connect"),
                name != "connect_unknown_fields"
            else { continue }
            let dispatcher = try CentrifugoEvents { handlers }.dispatcher(isDebug: false, logger: Logger(label: "test"))
            let event = try #require(Self.event(type))
            guard case .message(let message) = await dispatcher.respond(to: event, logger: Logger(label: "test")) else {
                Issue.record("\(name): no message")
                continue
            }
            #expect(message.isEqualTo(message: expected), "\(name)")
            answers += 1
        }
        #expect(answers > 100)
    }

    private static func event(_ type: String) -> CentrifugoEvent? {
        let metadata = ProxyMetadata([:])
        switch type {
        case "ConnectResponse": return .connect(ConnectEvent(message: .init(), metadata: metadata))
        case "SubscribeResponse": return .subscribe(SubscribeEvent(message: .init(), metadata: metadata))
        case "PublishResponse": return .publish(PublishEvent(message: .init(), metadata: metadata))
        case "RPCResponse": return .rpc(RPCEvent(message: .init(), metadata: metadata))
        case "RefreshResponse": return .refresh(RefreshEvent(message: .init(), metadata: metadata))
        case "SubRefreshResponse": return .subRefresh(SubRefreshEvent(message: .init(), metadata: metadata))
        default: return nil
        }
    }

    /// Creates the handlers that lead to the recorded response. No handlers lead to empty responses, to those with several parts,
    /// or to errors and disconnects of refreshes, which Centrifugo ignores.
    private static func handlers(for type: String, _ bytes: [UInt8]) throws -> (any CentrifugoHandlers, any Message)? {
        func outcome(
            _ response: some ProxyResponse
        ) -> (error: CentrifugoClientError?, disconnect: CentrifugoClientDisconnect?)? {
            let (error, disconnect) = (response.error, response.disconnect)
            guard [response.hasResult, response.hasError, response.hasDisconnect].count(where: \.self) == 1 else { return nil }
            return (
                response.hasError ? CentrifugoClientError(known: error.code, error.message, error.temporary) : nil,
                response.hasDisconnect ? CentrifugoClientDisconnect(known: disconnect.code, disconnect.reason) : nil
            )
        }
        switch type {
        case "ConnectResponse":
            let r = try ProxyConnectResponse(serializedBytes: bytes)
            guard let (error, disconnect) = outcome(r) else { return nil }
            let result = r.result
            return (
                OnConnect { _ in
                    if let error { return .error(error) }
                    if let disconnect { return .disconnect(disconnect) }
                    return .accept(
                        user: result.user, data: Self.data(result.data), channels: result.channels,
                        subscriptions: result.subs.mapValues(Self.subscription), expiresAt: Self.date(result.expireAt),
                        info: Self.data(result.info), meta: Self.data(result.meta),
                        capabilities: result.caps.map { .init(channels: $0.channels, allow: $0.allow, match: $0.match) },
                        labels: result.labels)
                }, r
            )
        case "SubscribeResponse":
            let r = try ProxySubscribeResponse(serializedBytes: bytes)
            guard let (error, disconnect) = outcome(r) else { return nil }
            let result = r.result
            return (
                OnSubscribe { _ in
                    if let error { return .error(error) }
                    if let disconnect { return .disconnect(disconnect) }
                    return .accept(
                        data: Self.data(result.data), expiresAt: Self.date(result.expireAt), info: Self.data(result.info),
                        override: result.hasOverride ? Self.override(result.override) : nil, allow: result.allow)
                }, r
            )
        case "PublishResponse":
            let r = try ProxyPublishResponse(serializedBytes: bytes)
            guard let (error, disconnect) = outcome(r) else { return nil }
            let result = r.result
            return (
                OnPublish { _ in
                    if let error { return .error(error) }
                    if let disconnect { return .disconnect(disconnect) }
                    return .accept(
                        data: Self.data(result.data), skipsHistory: result.skipHistory, tags: result.tags,
                        idempotencyKey: result.idempotencyKey, usesDelta: result.delta, version: result.version,
                        versionEpoch: result.versionEpoch)
                }, r
            )
        case "RPCResponse":
            let r = try ProxyRPCResponse(serializedBytes: bytes)
            guard let (error, disconnect) = outcome(r) else { return nil }
            let result = r.result
            guard result.b64Data.isEmpty else { return nil }
            return (
                OnRPC { _ in
                    if let error { return .error(error) }
                    if let disconnect { return .disconnect(disconnect) }
                    return .reply(Self.data(result.data))
                }, r
            )
        case "RefreshResponse":
            let r = try ProxyRefreshResponse(serializedBytes: bytes)
            guard r.hasResult, !r.hasError, !r.hasDisconnect else { return nil }
            let result = r.result
            return (
                OnRefresh { _ in
                    guard !result.expired, let date = Self.date(result.expireAt) else { return .expired }
                    return .extend(until: date, info: Self.data(result.info), meta: Self.data(result.meta))
                }, r
            )
        case "SubRefreshResponse":
            let r = try ProxySubRefreshResponse(serializedBytes: bytes)
            guard r.hasResult, !r.hasError, !r.hasDisconnect else { return nil }
            let result = r.result
            return (
                OnSubRefresh { _ in
                    guard !result.expired, let date = Self.date(result.expireAt) else { return .expired }
                    return .extend(until: date, info: Self.data(result.info))
                }, r
            )
        default: return nil
        }
    }

    private static func data(_ data: Data) -> ByteBuffer? { data.isEmpty ? nil : ByteBuffer(bytes: data) }
    private static func date(_ seconds: Int64) -> Date? { seconds == 0 ? nil : Date(timeIntervalSince1970: Double(seconds)) }

    private static func override(_ override: ProxySubscribeOptionOverride) -> SubscriptionOverride {
        SubscriptionOverride(
            presence: override.hasPresence ? override.presence.value : nil,
            joinLeave: override.hasJoinLeave ? override.joinLeave.value : nil,
            forceRecovery: override.hasForceRecovery ? override.forceRecovery.value : nil,
            forcePositioning: override.hasForcePositioning ? override.forcePositioning.value : nil,
            forcePushJoinLeave: override.hasForcePushJoinLeave ? override.forcePushJoinLeave.value : nil)
    }

    private static func subscription(_ options: ProxySubscribeOptions) -> ServerSubscription {
        ServerSubscription(
            expiresAt: Self.date(options.expireAt), info: Self.data(options.info), data: Self.data(options.data),
            override: options.hasOverride ? Self.override(options.override) : nil)
    }

    // MARK: Server API

    /// Compares each recorded call of the server API: this client sends the recorded bytes, and decodes the recorded response.
    @Test func serverAPI() async throws {
        var calls = 0
        for recording in try CentrifugoRecording.all("centrifugo", prefix: "api_") {
            for (index, frame) in recording.frames.enumerated() where frame.dir == "client>rr" {
                guard let method = frame.decoded.method, method.hasPrefix("centrifuge."), let number = frame.decoded.seq else {
                    continue
                }
                let answer = recording.frames[index...].first {
                    $0.dir == "rr>client" && $0.conn == frame.conn && $0.decoded.seq == number
                }
                guard let answer else { continue }
                let name = String(method.dropFirst("centrifuge.".count))
                let payload = frame.bytes.dropFirst(20 + method.utf8.count)
                try await TestRPCServer.with { server in
                    var settings = RPCSettings()
                    settings.lastSequenceNumber = number &- 1
                    let bytes = answer.bytes
                    await server.respond { _ in .bytes(bytes) }
                    let client = RPCClient(
                        address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: Logger(label: "test"),
                        ownsLoop: true,
                        settings: settings)
                    do {
                        let result = try await CentrifugoClient(rpc: client).send(name, Array(payload))
                        #expect(answer.decoded.error_text == nil, "\(recording.name) \(name)")
                        #expect(answer.decoded.result?["error"] == nil, "\(recording.name) \(name)")
                        if let offset = answer.decoded.result?["result"]?["offset"]?.number,
                            let result = result as? CentrifugoPublishResult
                        {
                            #expect(result.offset == UInt64(offset))
                        }
                    } catch let error as CentrifugoAPIError {
                        let recorded = answer.decoded.result?["error"]
                        if let code = recorded?["code"]?.number {
                            #expect(error.serverCode == UInt32(code), "\(recording.name) \(name)")
                            #expect(error.message == recorded?["message"]?.string)
                        } else {
                            let text = answer.decoded.error_text ?? ""
                            #expect(text.contains("Unimplemented") || text.contains("Unavailable"), "\(recording.name) \(name)")
                            #expect(error.isUnavailable == text.contains("Unavailable"))
                        }
                    } catch let error as RPCError {
                        #expect(error.text == answer.decoded.error_text, "\(recording.name) \(name)")
                    }
                    let call = try #require(await server.calls.first)
                    #expect(call.method == method)
                    let sent = Array(call.arguments.readableBytesView)
                    if name == "Publish" {
                        // Maps have no order.
                        let expected = try CentrifugoPublishRequest(serializedBytes: Array(payload))
                        #expect(try CentrifugoPublishRequest(serializedBytes: sent) == expected, "\(recording.name)")
                    } else {
                        #expect(sent == Array(payload), "\(recording.name) \(name)")
                    }
                    await client.close()
                }
                calls += 1
            }
        }
        #expect(calls > 60)
    }
}
