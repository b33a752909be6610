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

/// Lifetimes begin with the write, and RoadRunner never gets an expiry that would crash it.
@Suite(.timeLimit(.minutes(1))) struct LifetimeTests {
    /// The expiries that RoadRunner got in the calls of a method; nil for never.
    private static func ends(_ server: TestRPCServer, _ method: String = "kv.Set") async throws -> [Date?] {
        try await server.calls.filter { $0.method == method }.flatMap { call in
            try KVRequest(serializedBytes: Array(call.arguments.readableBytesView)).items.map { Expiry.date($0.timeout) }
        }
    }

    @Test func aValueThatTakesLongerToComputeThanItLivesHasItsWholeLifetime() async throws {
        let clock = TestClock()
        for early in [nil, 1.0] {
            let store = KeyValueStore.inMemory("cache", now: clock.now)
            var options = CacheOptions()
            options.earlyExpirationBeta = early
            _ = try await store.value(for: "k", timeToLive: .seconds(10), options: options) {
                clock.advance(1000)
                return 1
            }
            clock.advance(9)
            #expect(try await store.get("k", as: Int.self) == 1)
            clock.advance(4)
            #expect(try await store.get("k", as: Int.self) == nil)
        }
        try await withServerStore(now: clock.now) { store, server async throws in
            _ = try await store.value(for: "k", timeToLive: .seconds(2)) {
                clock.advance(1000)
                return 1
            }
            let end = try #require(try await Self.ends(server).first ?? nil)
            #expect(end.timeIntervalSince(clock.now()) >= 2)
        }
    }

    /// RoadRunner opens its storages while its workers boot: the client repeats the call later.
    @Test func aRepeatedAttemptHasItsOwnExpiry() async throws {
        let clock = TestClock()
        try await TestRPCServer.with(storages: ["cache"]) { server in
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            let storage = RemoteStorage(
                client: client, name: "cache", driver: .memory, start: StorageReadiness(), now: clock.now)
            let attempts = Counter()
            await server.respond { call in
                guard attempts.next() <= 2 else { return .answer }
                clock.advance(100)
                return .error("rpc_set: no such storage: cache")
            }
            try await storage.set([("k", ByteBuffer(string: "v"))], lifetime: .limited(.seconds(2)))
            let ends = try await Self.ends(server)
            #expect(ends.count == 3)
            #expect(ends.last.flatMap { $0 }.map { $0.timeIntervalSince(clock.now()) >= 2 } == true)
            await client.close()
        }
    }

    @Test func aCallThatHasWaitedForAConnectionHasALaterExpiry() async throws {
        let (clock, looks) = (TestClock(), Counter())
        let now: @Sendable () -> Date = {
            looks.next()
            return clock.now()
        }
        try await withServerStore(now: now) { store, server async throws in
            await server.stop()
            let set = Task { try await store.set(1, for: "k", timeToLive: .seconds(2)) }
            // The time to live was checked, and an expiry encoded, which becomes too old now.
            while looks.value < 2 { try await Task.sleep(for: .milliseconds(1)) }
            try await Task.sleep(for: .nanoseconds(2 * RPCArguments.maximumAge))
            clock.advance(1000)
            try await server.start()
            try await set.value
            let end = try #require(try await Self.ends(server).first ?? nil)
            #expect(end.timeIntervalSince(clock.now()) >= 2)
        }
    }

    @Test func createdEntriesLiveFromTheirCreation() async throws {
        let clock = TestClock()
        let store = KeyValueStore.inMemory("cache", now: clock.now)
        let driver = KeyValuePersistDriver(store)
        let lock = try await store.locked(
            .stripe("cache", .create, "k"), "k", lease: .seconds(60), timeout: .zero)
        let creation = Task { try await driver.create(key: "k", value: 1, expires: .seconds(10)) }
        try await Task.sleep(for: .milliseconds(100))
        clock.advance(1000)
        try await lock.hold {}
        try await creation.value
        #expect(try await driver.getWithTTL(key: "k", as: Int.self)?.ttl == .seconds(10))
    }

    @Test func expiriesAreAtLeastTwoSecondsAway() {
        var random = SeededGenerator.forTest()
        for _ in 0..<2_000 {
            let now = Date(timeIntervalSince1970: Double.random(in: 1_600_000_000...4_000_000_000, using: &random))
            let kept = now + Double.random(in: -100_000...100_000, using: &random)
            let wanted = Duration.milliseconds(Int.random(in: 1...100_000, using: &random))
            for lifetime in [EntryLifetime.ending(kept), .limited(wanted)] {
                #expect(lifetime.end(now: now).map { $0.timeIntervalSince(now) >= 2 } == true)
            }
            if kept.timeIntervalSince(now) > 4 { #expect(EntryLifetime.ending(kept).end(now: now) == kept) }
        }
        #expect(EntryLifetime.unlimited.end(now: .now) == nil)
    }

    // MARK: Drivers

    private static let twentyYears = Duration.seconds(20 * 365 * 86_400)

    /// Memcached counts in 32 bits, where a later expiry would be in the past.
    @Test func memcachedKeepsEntriesBeyondItsRangeForEver() async throws {
        let clock = TestClock()
        try await withServerStore(driver: .memcached, now: clock.now) { store, server async throws in
            try await store.set(1, for: "k", timeToLive: Self.twentyYears)
            try await store.set(1, for: "k", timeToLive: .seconds(86_400))
            #expect(try await store.setTimeToLive(Self.twentyYears, of: "k"))
            let ends = try await Self.ends(server)
            #expect(ends.map { $0 == nil } == [true, false, true])
            #expect(try await Self.ends(server, "kv.MExpire").isEmpty)
        }
        try await withServerStore(driver: .redis, now: clock.now) { store, server async throws in
            try await store.set(1, for: "k", timeToLive: Self.twentyYears)
            #expect(try await Self.ends(server).map { $0 != nil } == [true])
        }
    }

    /// The driver may be boltdb, which would delete the new value at the old one's expiry.
    @Test func withAnUnknownDriverAnOlderExpiryIsRemoved() async throws {
        try await TestRPCServer.with(storages: ["cache"]) { server in
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            let store = KeyValueStore.remote("cache", client: client)
            try await store.set(1, for: "k", timeToLive: .seconds(100))
            try await store.set(2, for: "k")
            let call = try #require(await server.calls.last { $0.method == "kv.Set" })
            let item = try #require(try KVRequest(serializedBytes: Array(call.arguments.readableBytesView)).items.first)
            #expect(item.timeout == "9999-12-31T23:59:59+00:00")
            #expect(try await store.timeToLive(of: "k") == nil)
            try await store.set(3, for: "k", timeToLive: .seconds(100))
            #expect(try await store.setTimeToLive(nil, of: "k"))
            #expect(try await store.timeToLive(of: "k") == nil)
            // Memcached cannot report an expiry, and need not.
            await server.respond {
                $0.method == "kv.TTL" ? .error("memcached_plugin_ttl: not valid request for memcached, see: issues/239") : .answer
            }
            try await store.set(4, for: "k")
            #expect(try await store.get("k", as: Int.self) == 4)
            await client.close()
        }
    }

    // MARK: Durations beyond the range of clocks

    private static let longest: [Duration] = [.seconds(Int64.max), .seconds(Int64.max) + .seconds(Int64.max)]

    @Test(arguments: StoreKind.allCases) func durationsBeyondTheRangeOfClocks(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let driver = KeyValuePersistDriver(store)
            for long in Self.longest {
                try await store.withLock("k", lease: long, timeout: long) {}
                var options = CacheOptions()
                options.timeout = long
                options.computeLease = long
                #expect(try await store.value(for: "\(long)", options: options) { 1 } == 1)
                for bad in [long, .zero - long] {
                    #expect(await keyValueCode { try await store.set(1, for: "k", timeToLive: bad) } == .invalidTimeToLive)
                    #expect(await keyValueCode { try await store.setTimeToLive(bad, of: "k") } == .invalidTimeToLive)
                    #expect(
                        await keyValueCode { try await driver.create(key: "c", value: 1, expires: bad) } == .invalidTimeToLive)
                    #expect(await keyValueCode { try await driver.set(key: "c", value: 1, expires: bad) } == .invalidTimeToLive)
                }
                let negative = Duration.zero - long
                #expect(await keyValueCode { try await store.withLock("k", lease: negative) {} } == .invalidTimeToLive)
            }
        }
    }

    @Test func locksAreRequestedForAtMostAYear() async throws {
        try await withServerStore { store, server async throws in
            for long in Self.longest + [.seconds(400 * 365 * 86_400)] {
                try await store.withLock("k", lease: long, timeout: long) {}
            }
            for call in await server.calls where call.method == "lock.Lock" {
                let request = try LockRequest(serializedBytes: Array(call.arguments.readableBytesView))
                #expect(request.ttl == 31_536_000_000_000 && request.wait == 31_536_000_000_000)
            }
            #expect(await !server.hasCrashed)
        }
    }
}
