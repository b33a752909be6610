import Foundation
import Goridge
import Logging
import NIOCore
import RoadRunnerAPI
import RoadRunnerTesting
import SwiftProtobuf
import TestSupport
import Testing

/// Replays recordings of a real RoadRunner and its clients.
@Suite(.timeLimit(.minutes(1))) struct RPCRecordingTests {
    private static let recordings = Result { try RPCRecording.all("rpc") + RPCRecording.all("rpc-next") }

    /// This client makes each recorded call with the recorded sequence number, which must yield the recorded bytes, and gets the
    /// recorded response, which it must decode as recorded.
    @Test func callsHaveTheRecordedBytesAndResponsesAreDecoded() async throws {
        var calls = 0
        var answers = 0
        for recording in try Self.recordings.get() {
            for (index, frame) in recording.frames.enumerated() where frame.isCall {
                guard let bytes = frame.bytes, frame.raw != true, let call = try Self.decode(bytes) else { continue }
                guard let method = frame.decoded.method, (try? RPCMethod(method)) != nil else { continue }
                let answer = recording.frames[index...].first {
                    !$0.isCall && $0.conn == frame.conn && $0.decoded.seq == call.options.first && $0.hex != nil
                }
                // RoadRunner responds with the codec of the call; other flags are for other clients.
                guard let codec = Self.codec(call.flags), let answer, let answerBytes = answer.bytes else { continue }
                // The client refuses some calls, which are known to crash RoadRunner.
                var arguments = call.payload
                arguments.moveReaderIndex(forwardBy: method.utf8.count)
                guard (try? RPCMethod(method).check(codec, arguments)) != nil else { continue }
                let seen = try await Self.exchange(call, method, codec, answer: answerBytes)
                #expect(seen.sent == bytes, "\(recording.name), frame \(index)")
                calls += 1
                switch seen.result {
                case .success(let result):
                    #expect(answer.decoded.error_text == nil, "\(recording.name), frame \(index)")
                    try Self.check(result, answer.decoded, codec)
                case .failure(let error):
                    #expect(error.text == answer.decoded.error_text, "\(recording.name), frame \(index)")
                    #expect([.remote, .noSuchStorage, .unknownMethod].contains(error.code))
                }
                answers += 1
            }
        }
        // Without recordings the test would prove nothing.
        #expect(calls > 250)
        #expect(answers == calls)
    }

    private static func decode(_ bytes: [UInt8]) throws -> Frame? {
        var decoder = FrameDecoder()
        decoder.feed(ByteBuffer(bytes: bytes))
        guard let frame = try? decoder.next(), frame.options.count == 2, frame.stream.isEmpty else { return nil }
        return frame
    }

    private static func codec(_ flags: Frame.Flags) -> RPCCodec? {
        switch flags {
        case .proto: .proto
        case .json: .json
        case .raw: .raw
        default: nil
        }
    }

    private static func exchange(
        _ call: Frame, _ method: String, _ codec: RPCCodec, answer: [UInt8]
    ) async throws -> (sent: [UInt8], result: Result<ByteBuffer, RPCError>) {
        try await TestRPCServer.with { server in
            var settings = RPCSettings()
            settings.lastSequenceNumber = call.options[0] &- 1
            await server.respond { _ in .bytes(answer) }
            let client = RPCClient(
                address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: Logger(label: "test"), ownsLoop: true,
                settings: settings)
            var arguments = call.payload
            arguments.moveReaderIndex(forwardBy: method.utf8.count)
            let result: Result<ByteBuffer, RPCError>
            do {
                result = .success(
                    try await client.perform(RPCMethod(method), codec: codec, arguments: arguments, timeout: nil))
            } catch let error as RPCError {
                result = .failure(error)
            }
            let received = await server.calls.first
            await client.close()
            var sent = ByteBuffer()
            if let received {
                var payload = ByteBuffer(string: received.method)
                payload.writeImmutableBuffer(received.arguments)
                try sent.writeFrame(
                    Frame(
                        flags: received.flags, options: [received.sequenceNumber, UInt32(received.method.utf8.count)],
                        payload: payload))
            }
            return (Array(sent.readableBytesView), result)
        }
    }

    private static func check(_ result: ByteBuffer, _ decoded: RPCRecording.Decoded, _ codec: RPCCodec) throws {
        let bytes = Array(result.readableBytesView)
        switch (codec, decoded.message) {
        case (.json, _):
            #expect(try JSONDecoder().decode(JSONText.self, from: Data(bytes)) == decoded.result ?? .null)
        case (.proto, "kv.v1.Response"):
            let items = try KVResponse(serializedBytes: bytes).items
            let expected = decoded.result?["items"]?.list ?? []
            #expect(items.count == expected.count)
            for (item, recorded) in zip(items, expected) {
                #expect(item.key == recorded["key"]?.string ?? "")
                #expect(item.timeout == recorded["timeout"]?.string ?? "")
                if let value = recorded["value"]?.bytes { #expect(item.value == value) }
            }
        case (.proto, "lock.v1beta1.Response"):
            #expect(try LockResponse(serializedBytes: bytes).ok == decoded.result?["ok"]?.bool ?? false)
        default: break
        }
    }

    /// Within its scope the test kit's server responds as RoadRunner did.
    @Test func theTestServerRespondsAsRoadRunnerDid() async throws {
        var answers = 0
        // Without recordings whose times have passed, without boltdb, which differs, and without read locks.
        let names = [
            "kv_memory_basic", "kv_memory_clear", "kv_memory_empty_lists", "kv_memory_many", "kv_unknown_storage", "lock_basic",
            "lock_wait", "lock_ttl", "rpc_pipelined", "rpc_seq_values", "rpc_version_config",
        ]
        for recording in try RPCRecording.all("rpc") where names.contains(recording.name) {
            answers += try await Self.replay(recording)
        }
        #expect(answers > 75)
    }

    private static func replay(_ recording: RPCRecording) async throws -> Int {
        try await TestRPCServer.with(storages: ["mem"]) { server in
            let client = RPCClient(
                address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: Logger(label: "test"), ownsLoop: true)
            var answers = 0
            // Calls that wait, with the time of their response.
            var slow: [(answer: Double, task: Task<Void, any Error>)] = []
            let start = ContinuousClock.now
            for frame in recording.frames where frame.isCall {
                let time = frame.t_ms ?? 0
                guard let bytes = frame.bytes, let call = try Self.decode(bytes), let method = frame.decoded.method,
                    let codec = Self.codec(call.flags),
                    let answer = recording.frames.first(where: {
                        !$0.isCall && $0.decoded.seq == frame.decoded.seq && ($0.t_ms ?? 0) >= time
                    })
                else { continue }
                // Calls that had a response by then must have one now, and calls that had to wait must wait as long.
                for (at, task) in slow where at <= time { try await task.value }
                slow.removeAll { $0.answer <= time }
                let due = start + .milliseconds(Int(time))
                if due - .now > .milliseconds(100) { try await Task.sleep(until: due) }
                var arguments = call.payload
                arguments.moveReaderIndex(forwardBy: method.utf8.count)
                let name = "\(recording.name): \(method) \(frame.decoded.seq ?? 0)"
                let task = Task { [arguments] in
                    do {
                        let result = try await client.perform(
                            RPCMethod(method), codec: codec, arguments: arguments, timeout: nil)
                        #expect(answer.decoded.error_text == nil, "\(name)")
                        try Self.checkUnordered(result, answer.decoded, codec, name)
                    } catch let error as RPCError {
                        #expect(error.text == answer.decoded.error_text, "\(name)")
                    }
                }
                let next = recording.frames.first { $0.isCall && ($0.t_ms ?? 0) > time }
                if let next, (next.t_ms ?? 0) < (answer.t_ms ?? 0) {
                    await server.waitForCalls(method, count: recording.count(method, until: time))
                    slow.append((answer.t_ms ?? 0, task))
                } else {
                    try await task.value
                }
                answers += 1
            }
            for (_, task) in slow { try await task.value }
            await client.close()
            return answers
        }
    }

    private static func checkUnordered(
        _ result: ByteBuffer, _ decoded: RPCRecording.Decoded, _ codec: RPCCodec, _ name: String
    ) throws {
        let bytes = Array(result.readableBytesView)
        switch (codec, decoded.message) {
        case (.proto, "kv.v1.Response"):
            let items = try KVResponse(serializedBytes: bytes).items
            let expected = decoded.result?["items"]?.list ?? []
            #expect(Set(items.map(\.key)) == Set(expected.map { $0["key"]?.string ?? "" }), "\(name)")
            for item in items {
                let recorded = expected.first { $0["key"]?.string == item.key }
                #expect(item.value == recorded?["value"]?.bytes ?? Data(), "\(name)")
            }
        case (.proto, "lock.v1beta1.Response"):
            #expect(try LockResponse(serializedBytes: bytes).ok == decoded.result?["ok"]?.bool ?? false, "\(name)")
        case (.json, _) where decoded.method == "rpc.Version":
            #expect(try JSONDecoder().decode(JSONText.self, from: Data(bytes)) == decoded.result)
        default: break
        }
    }

    /// Calls that crash a real RoadRunner crash the test server too, which lets tests notice them.
    @Test(arguments: [
        "kv_crash_memory_mexpire_past", "kv_memory_mexpire_past_with_expiry", "lock_crash_negative_ttl",
        "lock_crash_updatettl_negative", "rpc_crash_proto_on_json_method", "rpc_crash_proto_on_app_info",
        "rpc_crash_duplicate_seq", "metrics_crash_negative_counter",
    ])
    func callsThatCrashRoadRunnerCrashTheTestServer(_ name: String) async throws {
        let recording = try #require(try RPCRecording.all("rpc", prefix: name).first)
        #expect(recording.rr_exit_code == 2)
        try await TestRPCServer.with(storages: ["mem"]) { server in
            let descriptors = try RelayConnection.connect(to: server.address)
            let peer = Peer(loop: try Peer.sharedLoop(), descriptors: descriptors)
            try await peer.open()
            // All at once: one call may have to arrive while another waits.
            await peer.send(raw: ByteBuffer(bytes: recording.frames.filter(\.isCall).compactMap(\.bytes).joined()))
            while case .frame = await peer.next(timeout: .seconds(10)) {}
            #expect(await server.hasCrashed)
            await peer.close()
        }
    }
}

extension RPCRecording {
    fileprivate func count(_ method: String, until time: Double) -> Int {
        self.frames.count { $0.isCall && $0.decoded.method == method && ($0.t_ms ?? 0) <= time }
    }
}
