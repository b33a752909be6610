import Foundation
import Goridge
import NIOCore
import RoadRunnerTesting
import SwiftProtobuf
import TestSupport
import Testing

@testable import KVCache

@Suite(.timeLimit(.minutes(1))) struct StoreTests {
    // MARK: Bad input

    @Test(arguments: [StorageDriver.memory, .boltdb, .redis, .memcached]) func keysThatTheDriverDoesNotSupport(
        _ driver: StorageDriver
    ) async throws {
        try await withServerStore(driver: driver) { store, server async throws in
            var bad = ["", " ", "\t\n", String(repeating: "k", count: 70_000)]
            if driver == .memcached { bad += ["two words", "new\nline", String(repeating: "k", count: 251)] }
            if driver == .boltdb { bad.append(String(repeating: "k", count: 32_769)) }
            for key in bad {
                #expect(await keyValueCode { _ = try await store.get(key, as: Int.self) } == .invalidKey)
                #expect(await keyValueCode { _ = try await store.get(["ok", key], as: Int.self) } == .invalidKey)
                #expect(await keyValueCode { try await store.set(1, for: key) } == .invalidKey)
                #expect(await keyValueCode { try await store.set([key: 1]) } == .invalidKey)
                #expect(await keyValueCode { try await store.remove(key) } == .invalidKey)
                #expect(await keyValueCode { _ = try await store.contains(key) } == .invalidKey)
                #expect(await keyValueCode { _ = try await store.timeToLive(of: key) } == .invalidKey)
                #expect(await keyValueCode { try await store.setTimeToLive(.seconds(9), of: key) } == .invalidKey)
                #expect(await keyValueCode { try await store.withLock(key) {} } == .invalidKey)
            }
            #expect(await server.calls.isEmpty)
            for key in driver == .memcached ? ["žluť🐎"] : ["žluť 🐎", "two words", " padded "] {
                try await store.set(key, for: key)
                #expect(try await store.get(key, as: String.self) == key)
            }
        }
    }

    @Test func invalidTimes() async throws {
        try await withServerStore { store, server async throws in
            for time in [Duration.zero, .seconds(-1), .milliseconds(-1), .seconds(Int64.max / 2)] {
                #expect(await keyValueCode { try await store.set(1, for: "k", timeToLive: time) } == .invalidTimeToLive)
                #expect(await keyValueCode { try await store.setTimeToLive(time, of: "k") } == .invalidTimeToLive)
                #expect(await keyValueCode { _ = try await store.value(for: "k", timeToLive: time) { 1 } } == .invalidTimeToLive)
            }
            for time in [Duration.zero, .seconds(-1)] {
                #expect(await keyValueCode { try await store.withLock("k", lease: time) {} } == .invalidTimeToLive)
            }
            #expect(await keyValueCode { try await store.withLock("k", timeout: .seconds(-1)) {} } == .invalidTimeToLive)
            let methods = await server.calls.map(\.method)
            #expect(!methods.contains("kv.Set") && !methods.contains("kv.MExpire"))
            #expect(await !server.hasCrashed)
        }
    }

    /// Even for the shortest time to live RoadRunner never gets an expiry that would crash it.
    @Test func expiriesAreAtLeastTwoSecondsAway() async throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<2_000 {
            let now = Date(timeIntervalSince1970: Double.random(in: 1_600_000_000...4_000_000_000, using: &random))
            let wanted = Duration.milliseconds(Int.random(in: 1...100_000, using: &random))
            let date = try #require(Expiry.date(after: wanted, now: now))
            #expect(date.timeIntervalSince1970 == date.timeIntervalSince1970.rounded())
            let away = date.timeIntervalSince(now)
            #expect(away >= 2)
            let seconds = Double(wanted.components.seconds) + Double(wanted.components.attoseconds) * 1e-18
            #expect(away >= seconds && away < max(2, seconds) + 1.2)
            #expect(Expiry.date(Expiry.text(date)) == date)
        }
        #expect(Expiry.text(Date(timeIntervalSince1970: 1_795_323_600)) == "2026-11-22T05:00:00+00:00")
        for text in [
            "2026-11-22T05:00:00Z", "2026-11-22T05:00:00+00:00", "2026-11-22T10:00:00+05:00", "2026-11-22T05:00:00.0+00:00",
        ] {
            #expect(Expiry.date(text)?.timeIntervalSince1970 == 1_795_323_600, "\(text)")
        }
        for text in ["", "tomorrow", "2026-11-22", "9999-12-31T23:59:59+00:00"] { #expect(Expiry.date(text) == nil, "\(text)") }
    }

    /// Redis turns the expiry that stands for never into 292 years, and RoadRunner turns that into 1734.
    @Test func expiriesThatMeanNever() throws {
        let now = Date(timeIntervalSince1970: 1_795_323_600)
        for (text, isNever) in [
            ("1734-08-14T11:40:02Z", true), ("2319-03-06T10:27:16+00:00", true), ("2026-11-22T04:00:00+00:00", false),
            ("2126-11-22T05:00:00+00:00", false),
        ] {
            #expect(Expiry.isNever(try #require(Expiry.date(text)), now: now) == isNever, "\(text)")
        }
    }

    // MARK: Drivers

    @Test func boltdbForgetsAnOlderExpiry() async throws {
        try await withServerStore(driver: .boltdb) { store, server async throws in
            try await store.set(1, for: "k", timeToLive: .seconds(100))
            try await store.set(2, for: "k")
            // RoadRunner got an expiry that stands for never, since without one boltdb would have kept the older.
            #expect(try await store.timeToLive(of: "k") == nil)
            #expect(try await store.get("k", as: Int.self) == 2)
            #expect(await server.calls.map(\.method) == ["kv.Set", "kv.TTL", "kv.Set", "kv.MGet", "kv.TTL", "kv.MGet"])
        }
    }

    @Test func theMemoryDriversExpireIsNeverCalled() async throws {
        for driver in [StorageDriver.memory, StorageDriver(rawValue: "unknown")] {
            try await withServerStore(driver: driver) { store, server async throws in
                try await store.set("kept", for: "k")
                #expect(try await store.setTimeToLive(.seconds(60), of: "k"))
                #expect(try await store.get("k", as: String.self) == "kept")
                #expect(try await store.timeToLive(of: "k") != nil)
                #expect(await !server.calls.map(\.method).contains("kv.MExpire"))
            }
        }
        try await withServerStore(driver: .redis) { store, server async throws in
            try await store.set("kept", for: "k", timeToLive: .seconds(10))
            #expect(try await store.setTimeToLive(.seconds(50), of: "k"))
            #expect(await server.calls.map(\.method) == ["kv.Set", "kv.MGet", "kv.MExpire"])
        }
    }

    @Test func emptyBatchesCostNoCall() async throws {
        try await withServerStore { store, server async throws in
            #expect(try await store.get([String](), as: Int.self).isEmpty)
            try await store.set([String: Int]())
            try await store.remove([String]())
            try await store.invalidate(tags: [String]())
            try await store.reencrypt([])
            #expect(await server.calls.isEmpty)
        }
    }

    @Test func concurrentGetsDoNotWaitForEachOther() async throws {
        try await withServerStore { store, server async throws in
            try await store.set(["a": 1, "b": 2, "c": 3])
            await server.respond { $0.method == "kv.MGet" ? .hold : .answer }
            async let a = store.get("a", as: Int.self)
            async let b = store.get("b", as: Int.self)
            async let c = store.get("c", as: Int.self)
            // All three arrive before one is answered; then the last is answered first.
            await server.waitForCalls("kv.MGet", count: 3)
            await server.releaseHeld()
            #expect(try await [a, b, c] == [1, 2, 3])
        }
    }

    @Test func valuesOf64MiB() async throws {
        try await withServerStore { store, server async throws in
            var raw = store
            raw.coder = RawValueCoder()
            let big = ByteBuffer(repeating: 0x5A, count: 64 * 1024 * 1024)
            try await raw.set(big, for: "big")
            #expect(try await raw.get("big", as: ByteBuffer.self) == big)
        }
    }

    @Test func refusalsOfRoadRunnerKeepTheirCode() async throws {
        try await withServerStore { store, server async throws in
            for (text, code) in [
                ("rpc_mget: no such storage: cache", RPCError.Code.noSuchStorage), ("no such storage: cache", .noSuchStorage),
                ("rpc: can't find service kv.MGet", .unknownMethod), ("anything else", .remote),
            ] {
                await server.respond { _ in .error(text) }
                do {
                    _ = try await store.get("k", as: Int.self)
                    Issue.record("the call was answered")
                } catch let error as RPCError {
                    #expect(error.code == code)
                    #expect(error.text == text)
                }
            }
        }
    }

    // MARK: Values

    @Test func valuesOfAnotherTypeAreAnErrorWithoutTheValue() async throws {
        let store = KeyValueStore.inMemory("cache")
        try await store.set("topsecret", for: "k")
        do {
            _ = try await store.get("k", as: User.self)
            Issue.record("the value was decoded")
        } catch let error as KeyValueError {
            #expect(error.code == .undecodable)
            #expect(error.key == "k" && error.storage == "cache")
            #expect(!error.description.contains("topsecret"))
        }
    }

    @Test func coders() async throws {
        var store = KeyValueStore.inMemory("cache")
        let user = User(name: "Ž", age: 7, joined: Date(timeIntervalSinceReferenceDate: 0.123456))
        for coder in [JSONValueCoder(), PropertyListValueCoder()] as [any ValueCoder] {
            store.coder = coder
            try await store.set(user, for: "user")
            #expect(try await store.get("user") == user)
            try await store.set(42, for: "number")
            #expect(try await store.get("number") == 42)
            try await store.set("text", for: "text")
            #expect(try await store.get("text") == "text")
        }
        store.coder = RawValueCoder()
        try await store.set("text", for: "raw")
        #expect(try await store.get("raw", as: String.self) == "text")
        #expect(try await store.get("raw", as: [UInt8].self) == Array("text".utf8))
        #expect(try await store.get("raw", as: Data.self) == Data("text".utf8))
        #expect(try await store.get("raw", as: ByteBuffer.self) == ByteBuffer(string: "text"))
        #expect(await keyValueCode { try await store.set(7, for: "raw") } == .unencodable)
        #expect(await keyValueCode { _ = try await store.get("raw", as: Int.self) } == .undecodable)
        try await store.set([0xFF, 0xFE] as [UInt8], for: "raw")
        #expect(await keyValueCode { _ = try await store.get("raw", as: String.self) } == .undecodable)

        let message = Google_Protobuf_Duration(seconds: 5, nanos: 7)
        for coder in [ProtobufValueCoder(), JSONValueCoder()] as [any ValueCoder] {
            store.coder = coder
            try await store.set(message, for: "message")
            #expect(try await store.get("message", as: Google_Protobuf_Duration.self) == message)
            try await store.set(["m": message])
            #expect(try await store.get(["m"], as: Google_Protobuf_Duration.self) == ["m": message])
            let computed = try await store.value(for: "computed by \(coder)") { message }
            #expect(computed == message)
        }
        store.coder = ProtobufValueCoder()
        #expect(await keyValueCode { try await store.set("text", for: "message") } == .unencodable)
        store.coder = PropertyListValueCoder()
        #expect(await keyValueCode { try await store.set(message, for: "message") } == .unencodable)
    }

    @Test func aCustomCoderIsAConformance() async throws {
        struct Backwards: ValueCoder {
            func encode(_ value: some Encodable & Sendable) throws -> ByteBuffer {
                ByteBuffer(string: String("\(value)".reversed()))
            }
            func decode<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
                guard let value = String(String(buffer: bytes).reversed()) as? Value else { throw CancellationError() }
                return value
            }
        }
        let store = KeyValueStore.inMemory("cache", coder: Backwards())
        try await store.set("stressed", for: "k")
        #expect(try await store.get("k", as: String.self) == "stressed")
        var raw = store
        raw.coder = RawValueCoder()
        #expect(try await raw.get("k", as: String.self) == "desserts")
    }

    // MARK: In memory

    @Test func theInMemoryStoreExpiresAndEvicts() async throws {
        let clock = TestClock()
        let store = KeyValueStore.inMemory("cache", timeToLive: .seconds(10), maximumEntries: 3, now: clock.now)
        try await store.set(1, for: "a")
        try await store.set(2, for: "b", timeToLive: .seconds(100))
        #expect(try await store.timeToLive(of: "b").map { $0 >= .seconds(100) && $0 < .seconds(102) } == true)
        clock.advance(10)
        #expect(try await store.get("a", as: Int.self) == 1)
        clock.advance(2)
        #expect(try await store.get("a", as: Int.self) == nil)
        #expect(try await store.get("b", as: Int.self) == 2)
        try await store.set(["c": 3])
        try await store.set(["d": 4])
        // "b" was used before "c" and "d".
        try await store.set(["e": 5])
        #expect(try await store.get(["b", "c", "d", "e"], as: Int.self) == ["c": 3, "d": 4, "e": 5])
        let small = KeyValueStore.inMemory("small", coder: RawValueCoder(), maximumBytes: 100)
        try await small.set(String(repeating: "x", count: 60), for: "one")
        try await small.set(String(repeating: "x", count: 60), for: "two")
        #expect(try await small.contains("two"))
        #expect(try await !small.contains("one"))
        // A value above the total limit is not stored, and evicts nothing.
        try await small.set(String(repeating: "x", count: 200), for: "three")
        #expect(try await !small.contains("three"))
        #expect(try await small.contains("two"))
    }

    @Test func leastRecentlyUsedAgainstAModel() {
        var random = SeededGenerator.forTest()
        var entries = LRUEntries<Int>()
        var model: [(key: String, value: Int)] = []
        for step in 0..<20_000 {
            let key = "\(Int.random(in: 0..<20, using: &random))"
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let old = entries.set(key, step)
                #expect(old == model.first { $0.key == key }?.value)
                model.removeAll { $0.key == key }
                model.append((key, step))
            case 1:
                let old = entries.remove(key)
                #expect(old == model.first { $0.key == key }?.value)
                model.removeAll { $0.key == key }
            case 2:
                let value = entries.use(key)
                #expect(value == model.first { $0.key == key }?.value)
                if let index = model.firstIndex(where: { $0.key == key }) { model.append(model.remove(at: index)) }
            default:
                #expect(entries.peek(key) == model.first { $0.key == key }?.value)
            }
            #expect(entries.count == model.count)
            #expect(entries.oldestKey == model.first?.key)
        }
    }

    // MARK: Records

    @Test func damagedRecordsAreErrors() throws {
        let record = EntryRecord(
            value: ByteBuffer(string: "value"), expiry: 12_345, computation: 7, tags: [.init(name: "ž", version: 9)])
        let stored = record.stored
        #expect(try EntryRecord(stored: stored) == record)
        // A record cut anywhere between the mark and the value is damaged.
        for length in EntryRecord.mark.count..<(stored.readableBytes - 5) {
            let cut = try #require(stored.getSlice(at: stored.readerIndex, length: length))
            #expect(throws: EntryRecord.Malformed.self) { try EntryRecord(stored: cut) }
        }
        var random = SeededGenerator.forTest()
        for _ in 0..<5_000 {
            let bytes = EntryRecord.mark + random.bytes(Int.random(in: 0..<60, using: &random))
            _ = try? EntryRecord(stored: ByteBuffer(bytes: bytes))
        }
        // Values without further details are stored unchanged.
        #expect(EntryRecord(value: ByteBuffer(string: "{}")).stored == ByteBuffer(string: "{}"))
    }
}
