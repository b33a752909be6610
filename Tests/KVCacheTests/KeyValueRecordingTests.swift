import Foundation
import Goridge
import Logging
import NIOCore
import RoadRunnerAPI
import RoadRunnerTesting
import SwiftProtobuf
import TestSupport
import Testing

@testable import KVCache

/// Replays recordings of a real RoadRunner's storages.
@Suite(.timeLimit(.minutes(1))) struct KeyValueRecordingTests {
    /// Repeats each recorded call of the kv plugin with a store's own operation, which must send the same bytes, and return the
    /// recorded result.
    @Test(arguments: ["rpc", "rpc-next"]) func storages(_ folder: String) async throws {
        var operations = 0
        var identical = 0
        for recording in try RPCRecording.all(folder, prefix: "kv_") {
            for (index, frame) in recording.frames.enumerated() where frame.isCall {
                guard let bytes = frame.bytes, let request = try Self.request(bytes) else { continue }
                let answer = recording.frames[index...].first {
                    !$0.isCall && $0.decoded.seq == frame.decoded.seq && $0.hex != nil
                }
                guard let answer, let answerBytes = answer.bytes, let method = frame.decoded.method else { continue }
                guard let operation = Self.operation(method, request) else { continue }
                let name = "\(recording.name), \(method) \(frame.decoded.seq ?? 0)"
                // With the memory driver the store would take a lock to clear it.
                let driver = method == "kv.Clear" ? StorageDriver.redis : .memory
                try await Self.exchange(request.storage, driver, frame.decoded.seq ?? 1, answerBytes) { storage, server in
                    do {
                        let result = try await operation(storage)
                        #expect(answer.decoded.error_text == nil, "\(name)")
                        #expect(result == Self.expectation(method, answer.decoded), "\(name)")
                    } catch let error as RPCError {
                        #expect(error.text == answer.decoded.error_text, "\(name)")
                        let isUnknown = answer.decoded.error_text?.contains("no such storage") == true
                        #expect(error.code == (isUnknown ? .noSuchStorage : .remote), "\(name)")
                    }
                    let call = try #require(await server.calls.first)
                    // The recorded client encoded empty fields, which protobuf allows, and this package omits them.
                    let items = frame.decoded.args?["items"]?.list ?? []
                    if items.contains(where: { $0["key"]?.string == "" || $0["value"]?.string == "" }) {
                        #expect(try Self.request(Self.frame(call)) == request, "\(name)")
                    } else {
                        #expect(try Self.frame(call) == bytes, "\(name)")
                        identical += 1
                    }
                }
                operations += 1
            }
        }
        #expect(operations > (folder == "rpc" ? 80 : 15))
        #expect(identical >= operations - 12)
    }

    private static func request(_ bytes: [UInt8]) throws -> KVRequest? {
        var decoder = FrameDecoder()
        decoder.feed(ByteBuffer(bytes: bytes))
        guard let frame = try decoder.next(), frame.flags == .proto, frame.options.count == 2 else { return nil }
        let payload = Array(frame.payload.readableBytesView.dropFirst(Int(frame.options[1])))
        return try? KVRequest(serializedBytes: payload)
    }

    private static func frame(_ call: TestRPCServer.Call) throws -> [UInt8] {
        var payload = ByteBuffer(string: call.method)
        payload.writeImmutableBuffer(call.arguments)
        var buffer = ByteBuffer()
        try buffer.writeFrame(
            Frame(flags: call.flags, options: [call.sequenceNumber, UInt32(call.method.utf8.count)], payload: payload))
        return Array(buffer.readableBytesView)
    }

    /// The result of an operation in a comparable form.
    private typealias Outcome = [String: String]

    /// The operation that makes this call; nil for calls that no operation makes, such as those without keys or with malformed times.
    private static func operation(
        _ method: String, _ request: KVRequest
    ) -> (@Sendable (RemoteStorage) async throws -> Outcome)? {
        let keys = request.items.map(\.key)
        let hasOnlyKeys = request.items.allSatisfy { $0.value.isEmpty && $0.timeout.isEmpty }
        guard !keys.isEmpty || method == "kv.Clear" else { return nil }
        switch method {
        case "kv.MGet" where hasOnlyKeys:
            return { storage in
                Self.byText(try await storage.get(keys)) { Data($0.readableBytesView).base64EncodedString() }
            }
        case "kv.Has" where hasOnlyKeys:
            return { Dictionary(uniqueKeysWithValues: try await $0.contains(keys).map { ($0.text, "") }) }
        case "kv.TTL" where hasOnlyKeys:
            return { storage in Self.byText(try await storage.expiries(keys)) { Expiry.text($0) } }
        case "kv.Delete" where hasOnlyKeys:
            return {
                try await $0.remove(keys)
                return [:]
            }
        case "kv.Clear" where request.items.isEmpty:
            return {
                try await $0.clear()
                return [:]
            }
        case "kv.Set":
            let times = Set(request.items.map(\.timeout))
            guard let time = times.first, times.count == 1 else { return nil }
            let date = Expiry.date(time)
            guard time.isEmpty || date.map({ Expiry.text($0) }) == time else { return nil }
            let entries = request.items.map { ($0.key, ByteBuffer(bytes: $0.value)) }
            return {
                try await $0.set(entries, lifetime: date.map { .ending($0) } ?? .unlimited)
                return [:]
            }
        default: return nil
        }
    }

    private static func byText<Value>(_ values: [ExactString: Value], _ text: (Value) -> String) -> Outcome {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.text, text($0.value)) })
    }

    private static func expectation(_ method: String, _ decoded: RPCRecording.Decoded) -> Outcome {
        var outcome: Outcome = [:]
        for item in decoded.result?["items"]?.list ?? [] {
            let key = item["key"]?.string ?? ""
            switch method {
            case "kv.MGet": outcome[key] = (item["value"]?.bytes ?? Data()).base64EncodedString()
            case "kv.TTL":
                if let date = Expiry.date(item["timeout"]?.string ?? "") { outcome[key] = Expiry.text(date) }
            default: outcome[key] = ""
            }
        }
        return outcome
    }

    private static func exchange(
        _ storage: String, _ driver: StorageDriver, _ number: UInt32, _ answer: [UInt8],
        _ body: (RemoteStorage, TestRPCServer) async throws -> Void
    ) async throws {
        try await TestRPCServer.with { server in
            var settings = RPCSettings()
            settings.lastSequenceNumber = number &- 1
            await server.respond { _ in .bytes(answer) }
            let client = RPCClient(
                address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: Logger(label: "test"), ownsLoop: true,
                settings: settings)
            // Before the recorded expiries, which the store would postpone otherwise.
            let now = Date(timeIntervalSince1970: 1_700_000_000)
            try await body(RemoteStorage(client: client, name: storage, driver: driver, now: { now }), server)
            await client.close()
        }
    }

    /// Calls with one key have their own codec, which must produce the messages of the general one.
    @Test func messagesForOneKey() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<300 {
            let lengths = [0, 1, 3, 100, 125, 126, 127, 128, 300, 16_381, 16_384, 20_000]
            func text() -> String { String(repeating: "k", count: lengths.randomElement(using: &random) ?? 0) }
            let (storage, key) = (text(), text())
            let request = KVRequest.with {
                $0.storage = storage
                $0.items = [.with { $0.key = key }]
            }
            let expected: [UInt8] = try request.serializedBytes()
            #expect(Array(SingleGet.request(storage: storage, key: key).readableBytesView) == expected)

            let items = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                KVItem.with {
                    $0.key = text()
                    $0.value = Data(
                        repeating: .random(in: 0 ... .max, using: &random), count: lengths.randomElement(using: &random) ?? 0)
                    $0.timeout = text()
                }
            }
            let response = ByteBuffer(bytes: try KVResponse.with { $0.items = items }.serializedBytes() as [UInt8])
            #expect(try SingleGet.value(response).map { Data($0.readableBytesView) } == items.first?.value)
            // No input may trap.
            let cut = response.getSlice(at: 0, length: Int.random(in: 0...response.readableBytes, using: &random))
            _ = try? SingleGet.value(cut ?? response)
            _ = try? SingleGet.value(ByteBuffer(bytes: random.bytes(Int.random(in: 0...40, using: &random))))
        }
        // Unknown fields of a later RoadRunner are skipped.
        var item = ByteBuffer(bytes: [0x20, 0x96, 0x01, 0x2D, 1, 2, 3, 4, 0x31, 1, 2, 3, 4, 5, 6, 7, 8, 0x12, 1, 0x2A])
        var response = ByteBuffer(bytes: [0x12, 1, 9, 0x0A, UInt8(item.readableBytes)])
        response.writeBuffer(&item)
        #expect(try SingleGet.value(response) == ByteBuffer(bytes: [0x2A]))
        let ones = [UInt8](repeating: 0xFF, count: 9)
        for bad in [[0x0A], [0x0A, 5, 1], [0x0B], ones + ones, [0x0A] + ones + [1]] as [[UInt8]] {
            #expect(throws: SingleGet.Malformed.self) { try SingleGet.value(ByteBuffer(bytes: bad)) }
        }
    }

    /// Values of 1 MiB, whose frames are too long for the recordings, which have their lengths: the bytes are computed.
    @Test func aMebibyte() async throws {
        try await withServerStore { store, server async throws in
            var raw = store
            raw.coder = RawValueCoder()
            let value = (0..<(1024 * 1024)).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ 3) }
            try await raw.set(value, for: "mem:1mib")
            #expect(try await raw.get("mem:1mib", as: [UInt8].self) == value)
            let calls = await server.calls
            let recording = try #require(try RPCRecording.all("rpc", prefix: "kv_memory_1mib").first)
            // The recorded storage is "mem".
            let length = try Self.frame(calls[0]).count - "cache".count + "mem".count
            #expect(recording.frames.first?.length == length)
        }
    }
}
