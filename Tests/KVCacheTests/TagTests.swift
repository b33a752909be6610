import Goridge
import NIOCore
import RoadRunnerAPI
import RoadRunnerTesting
import SwiftProtobuf
import TestSupport
import Testing

@testable import KVCache

/// Tags outlive the entries that have them, but do not live for ever.
@Suite(.timeLimit(.minutes(1))) struct TagTests {
    private static let day = 86_400.0

    @Test func tagsExpire() async throws {
        let clock = TestClock()
        let store = KeyValueStore.inMemory("cache", now: clock.now)
        for number in 0..<50 {
            _ = try await store.value(for: "k\(number)", timeToLive: .seconds(60), tags: ["user:\(number)"]) { number }
        }
        #expect(try await store.contains("~tag~user:7"))
        clock.advance(Self.day)
        let keys = (0..<50).flatMap { number in TagSlot.allCases.map { $0.key(ExactString("user:\(number)")) } }
        for key in keys { #expect(try await !store.contains(key)) }
        // Entries without an expiry need their tag for ever.
        _ = try await store.value(for: "ever", tags: ["t"]) { 1 }
        clock.advance(1000 * Self.day)
        #expect(try await store.get("ever", as: Int.self) == 1)
    }

    @Test func tagsHaveAnExpiryAtRoadRunner() async throws {
        try await withServerStore { store, server async throws in
            _ = try await store.value(for: "k", timeToLive: .seconds(60), tags: ["t"]) { 1 }
            for call in await server.calls where call.method == "kv.Set" {
                let request = try KVRequest(serializedBytes: Array(call.arguments.readableBytesView))
                #expect(request.items.allSatisfy { !$0.timeout.isEmpty })
            }
        }
    }

    /// However often a tag gets a new version, entries with the same time to live expire in time, and not earlier.
    @Test func entriesOutliveTheVersionsOfTheirTags() async throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<12 {
            let clock = TestClock()
            let store = KeyValueStore.inMemory("cache", now: clock.now)
            let life = Double(Int.random(in: 3...5_000, using: &random))
            var ends: [String: Double] = [:]
            var time = 0.0
            for number in 0..<40 {
                let step = Double.random(in: 0...(life / 2 + 200), using: &random).rounded()
                clock.advance(step)
                time += step
                _ = try await store.value(for: "k\(number)", timeToLive: .seconds(life), tags: ["t"]) { number }
                ends["k\(number)"] = time + life
                for (key, end) in ends {
                    let isThere = try await store.get(key, as: Int.self) != nil
                    if time < end { #expect(isThere, "\(key), life \(life), \(random)") }
                    if time > end + 2 { #expect(!isThere) }
                }
            }
            try await store.invalidate(tag: "t")
            #expect(try await store.get(Array(ends.keys), as: Int.self).isEmpty)
        }
    }

    /// A tag that lives long enough for one entry may expire too early for another.
    @Test func entriesWithDifferentTimesToLive() async throws {
        let clock = TestClock()
        let store = KeyValueStore.inMemory("cache", now: clock.now)
        _ = try await store.value(for: "short", timeToLive: .seconds(60), tags: ["t"]) { 1 }
        _ = try await store.value(for: "long", timeToLive: .seconds(30 * Self.day), tags: ["t"]) { 2 }
        _ = try await store.value(for: "ever", tags: ["t"]) { 3 }
        #expect(try await store.get(["long", "ever"], as: Int.self) == ["long": 2, "ever": 3])
        clock.advance(29 * Self.day)
        #expect(try await store.get(["long", "ever"], as: Int.self) == ["long": 2, "ever": 3])
        clock.advance(2 * Self.day)
        #expect(try await store.get(["long", "ever"], as: Int.self) == ["ever": 3])
        try await store.invalidate(tag: "t")
        #expect(try await store.get("ever", as: Int.self) == nil)
    }

    @Test func lifetimesThatAreNearlyForEver() async throws {
        let store = KeyValueStore.inMemory("cache")
        let life = Duration.seconds(7000 * 365 * Self.day)
        #expect(try await store.value(for: "k", timeToLive: life, tags: ["t"]) { 1 } == 1)
        #expect(try await store.get("k", as: Int.self) == 1)
    }

    // MARK: Key rotation

    /// An envelope that stores its key in plain text.
    private struct Envelope: ValueEnvelope {
        struct WrongKey: Error {}
        let keys: [UInt8]

        func seal(_ value: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
            var sealed = ByteBuffer(bytes: self.keys.prefix(1))
            sealed.writeImmutableBuffer(value)
            return sealed
        }

        func open(_ sealed: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
            var plain = sealed
            guard let key: UInt8 = plain.readInteger(), self.keys.contains(key) else { throw WrongKey() }
            return plain
        }

        func usesCurrentKey(_ sealed: ByteBuffer) -> Bool { sealed.getInteger(at: sealed.readerIndex) == self.keys.first }
    }

    @Test(arguments: StoreKind.allCases) func rotationIncludesTags(_ kind: StoreKind) async throws {
        try await kind.with { store in
            var store = store
            store.envelope = Envelope(keys: [1])
            for key in ["a", "b", "c", "gone"] {
                _ = try await store.value(for: key, timeToLive: .seconds(600), tags: key == "gone" ? ["u", "t"] : ["t"]) { key }
            }
            _ = try await store.value(for: "ever", tags: ["t"]) { "ever" }
            let old = try await store.current(tags: ["t"], for: .limited(.seconds(600)))
            store.envelope = Envelope(keys: [2, 1])
            // The entry is sealed with the new key, and the version of its tag with the old one.
            try await store.store([("e", EntryRecord(value: ByteBuffer(string: #""e""#), tags: old))], lifetime: .unlimited)
            try await store.invalidate(tag: "u")
            // The entry is sealed with the new key, and so is the version of its tag.
            _ = try await store.value(for: "d", timeToLive: .seconds(600), tags: ["t"]) { "d" }
            let keys = ["a", "b", "ever", "gone", "d", "e", "missing"]
            #expect(try await store.reencrypt(keys) == 4)
            #expect(try await store.reencrypt(keys) == 0)
            #expect(try await store.get(keys + ["c"], as: String.self).count == 6)
            store.envelope = Envelope(keys: [2])
            #expect(
                try await store.get(["a", "b", "ever", "d", "e"], as: String.self)
                    == ["a": "a", "b": "b", "ever": "ever", "d": "d", "e": "e"])
            #expect(try await store.timeToLive(of: "a").map { $0 > .seconds(500) && $0 < .seconds(603) } == true)
            #expect(try await store.timeToLive(of: "ever") == nil)
            try await store.invalidate(tag: "t")
            #expect(try await store.get(["a", "b", "ever", "d", "e"], as: String.self).isEmpty)
        }
    }

    /// An envelope that advances the clock with each value it opens.
    private struct SlowEnvelope: ValueEnvelope {
        let envelope: Envelope
        let clock: TestClock

        func seal(_ value: ByteBuffer, for entry: EntryName) throws -> ByteBuffer { try self.envelope.seal(value, for: entry) }
        func open(_ sealed: ByteBuffer, for entry: EntryName) throws -> ByteBuffer {
            self.clock.advance(10)
            return try self.envelope.open(sealed, for: entry)
        }
        func usesCurrentKey(_ sealed: ByteBuffer) -> Bool { self.envelope.usesCurrentKey(sealed) }
    }

    @Test func entriesThatExpireDuringRotationDoNotReturn() async throws {
        let clock = TestClock()
        var store = KeyValueStore.inMemory("cache", envelope: Envelope(keys: [1]), now: clock.now)
        try await store.set(1, for: "short", timeToLive: .seconds(5))
        try await store.set(2, for: "ever")
        store.envelope = SlowEnvelope(envelope: Envelope(keys: [2, 1]), clock: clock)
        #expect(try await store.reencrypt(["short", "ever"]) == 1)
        store.envelope = Envelope(keys: [2])
        #expect(try await store.get(["short", "ever"], as: Int.self) == ["ever": 2])
    }

    @Test func recomputingEarlyKeepsTheTagsOfOthers() async throws {
        let store = KeyValueStore.inMemory("cache", now: TestClock().now)
        let slowly = { @Sendable (value: Int) in
            try await Task.sleep(for: .milliseconds(20))
            return value
        }
        var options = CacheOptions()
        options.earlyExpirationBeta = 1e9
        func value(_ tags: [String], _ number: Int) async throws -> Int {
            try await store.value(for: "k", timeToLive: .seconds(100), tags: tags, options: options) { try await slowly(number) }
        }
        #expect(try await value(["a", "b"], 1) == 1)
        #expect(try await value(["a"], 2) == 2)
        #expect(try await store.value(for: "k", timeToLive: .seconds(100), tags: ["b"]) { 3 } == 2)
        try await store.invalidate(tag: "b")
        #expect(try await store.get("k", as: Int.self) == nil)
    }

    @Test(arguments: StoreKind.allCases) func aTagThatDoesNotOpenIsInvalid(_ kind: StoreKind) async throws {
        try await kind.with { store in
            var store = store
            store.envelope = Envelope(keys: [1])
            _ = try await store.value(for: "old", tags: ["t"]) { 1 }
            store.envelope = Envelope(keys: [2])
            #expect(try await store.value(for: "new", tags: ["t"]) { 2 } == 2)
            #expect(try await store.get("new", as: Int.self) == 2)
        }
    }

    /// Memcached cannot report the expiry of entries.
    @Test func entriesInMemcachedAreRotatedIfTheirExpiryIsKnown() async throws {
        try await withServerStore(driver: .memcached, envelope: Envelope(keys: [1])) { store, server async throws in
            var store = store
            try await store.set(1, for: "plain")
            let driver = KeyValuePersistDriver(store)
            try await driver.set(key: "session", value: 2, expires: .seconds(600))
            store.envelope = Envelope(keys: [2, 1])
            await server.respond {
                $0.method == "kv.TTL" ? .error("memcached_plugin_ttl: not valid request for memcached, see: issues/239") : .answer
            }
            let writes = await server.calls.count { $0.method == "kv.Set" }
            let rotated = store
            #expect(await keyValueCode { _ = try await rotated.reencrypt(["plain", "session"]) } == .unsupported)
            #expect(await server.calls.count { $0.method == "kv.Set" } == writes)
            #expect(try await store.reencrypt(["session"]) == 1)
            #expect(try await store.reencrypt(["plain"], timeToLive: .seconds(60)) == 1)
            store.envelope = Envelope(keys: [2])
            #expect(try await store.get(["plain", "session"], as: Int.self) == ["plain": 1, "session": 2])
            #expect(try await store.timeToLive(of: "session").map { $0 > .seconds(500) && $0 < .seconds(602) } == true)
        }
    }
}
