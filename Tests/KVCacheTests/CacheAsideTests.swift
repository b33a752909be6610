import Goridge
import RoadRunnerTesting
import TestSupport
import Testing

@testable import KVCache

@Suite(.timeLimit(.minutes(1))) struct CacheAsideTests {
    private struct Mishap: Error {}

    @Test func workersWaitForEachOther() async throws {
        try await withTwoWorkers { left, right, server async throws in
            let computations = Counter()
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let (finished, finish) = AsyncStream.makeStream(of: Void.self)
            let first = Task {
                try await left.value(for: "k", timeToLive: .seconds(60)) {
                    start.yield()
                    for await _ in finished { break }
                    return computations.next()
                }
            }
            for await _ in started { break }
            let second = Task { try await right.value(for: "k", timeToLive: .seconds(60)) { computations.next() } }
            // It has missed, and waits for the lock.
            await server.waitForCalls("lock.Lock", count: 2)
            finish.yield()
            #expect(try await first.value == 1)
            #expect(try await second.value == 1)
            #expect(computations.value == 1)
        }
    }

    @Test func afterTheTimeoutAWaiterComputesToo() async throws {
        try await withTwoWorkers { left, right, server async throws in
            let (finished, finish) = AsyncStream.makeStream(of: Void.self)
            let slow = Task {
                try await left.value(for: "k") {
                    for await _ in finished { break }
                    return 1
                }
            }
            await server.waitForCalls("lock.Lock", count: 1)
            var options = CacheOptions()
            options.timeout = .milliseconds(20)
            #expect(try await right.value(for: "k", options: options) { 7 } == 7)
            #expect(try await left.get("k", as: Int.self) == 7)
            finish.yield()
            #expect(try await slow.value == 1)
        }
    }

    @Test func aComputationThatFailsFailsForAllWaitersAndIsRetried() async throws {
        let store = KeyValueStore.inMemory("cache")
        let computations = Counter()
        let (finished, finish) = AsyncStream.makeStream(of: Void.self)
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    do {
                        _ = try await store.value(for: "k") { () -> Int in
                            if computations.next() == 1 { for await _ in finished { break } }
                            throw Mishap()
                        }
                        return false
                    } catch {
                        return error is Mishap
                    }
                }
            }
            finish.finish()
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 5)
        #expect(try await store.value(for: "k") { 3 } == 3)
    }

    @Test func aTaskThatIsCancelledStopsWaitingAndTheLastOneEndsTheComputation() async throws {
        let store = KeyValueStore.inMemory("cache")
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let compute: @Sendable () async throws -> Int = {
            start.yield()
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                end.yield()
                throw error
            }
            return 1
        }
        let first = Task { try await store.value(for: "k", compute: compute) }
        for await _ in started { break }
        let second = Task { try await store.value(for: "k", compute: compute) }
        first.cancel()
        await #expect(throws: CancellationError.self) { _ = try await first.value }
        second.cancel()
        await #expect(throws: CancellationError.self) { _ = try await second.value }
        for await _ in ended { break }
        // The cancelled computation leaves nothing behind.
        #expect(try await store.value(for: "k") { 2 } == 2)
    }

    @Test func failuresCountAsMissesOnlyOnRequest() async throws {
        try await withServerStore { store, server async throws in
            try await store.set("not a user", for: "k")
            var lenient = CacheOptions()
            lenient.treatsFailuresAsMisses = true
            let user = User(name: "computed", age: 1)
            #expect(await keyValueCode { _ = try await store.value(for: "k") { user } } == .undecodable)
            #expect(try await store.value(for: "k", options: lenient) { user } == user)
            #expect(try await store.get("k") == user)
            await server.respond { _ in .error("no such storage: cache") }
            await #expect(throws: RPCError.self) { _ = try await store.value(for: "k") { user } }
            #expect(try await store.value(for: "k", as: User.self, options: lenient) { user } == user)
            await server.stop()
            await #expect(throws: RPCError.self) { _ = try await store.value(for: "k") { user } }
            #expect(try await store.value(for: "k", as: User.self, tags: ["t"], options: lenient) { user } == user)
            // An error of the computation is not a failure of the cache.
            await #expect(throws: Mishap.self) {
                _ = try await store.value(for: "k", as: User.self, options: lenient) { throw Mishap() }
            }
        }
    }

    @Test func valuesAreRecomputedBeforeTheyExpire() async throws {
        let clock = TestClock()
        let store = KeyValueStore.inMemory("cache", now: clock.now)
        let computations = Counter()
        var options = CacheOptions()
        // So large that recomputing is certain once computing has taken some milliseconds.
        options.earlyExpirationBeta = 1e9
        func value(_ options: CacheOptions) async throws -> Int {
            try await store.value(for: "k", timeToLive: .seconds(100), options: options) {
                try await Task.sleep(for: .milliseconds(20))
                return computations.next()
            }
        }
        #expect(try await value(options) == 1)
        #expect(try await value(options) == 2)
        // While another worker holds the lock, the stored value is used.
        let lock = try await store.locked(
            .stripe("cache", .compute, "k"), "k", lease: .seconds(60), timeout: .zero)
        #expect(try await value(options) == 2)
        try await lock.hold {}
        // With a usual beta it is far too early.
        options.earlyExpirationBeta = 1
        #expect(try await value(options) == 2)
        #expect(try await value(CacheOptions()) == 2)
        clock.advance(99.999)
        options.earlyExpirationBeta = 50
        // So close to the expiry each call is likely, though not certain, to recompute.
        for _ in 0..<200 where computations.value == 2 { _ = try await value(options) }
        #expect(computations.value == 3)
        // A recomputation that fails keeps the value.
        clock.advance(99.999)
        for _ in 0..<20 {
            let old = try await store.value(for: "k", as: Int.self, timeToLive: .seconds(100), options: options) {
                throw Mishap()
            }
            #expect(old == 3)
        }
    }

    @Test func invalidatedTagsEndEntries() async throws {
        try await withServerStore { store, server async throws in
            func value(_ key: String, _ tags: [String], _ new: Int) async throws -> Int {
                try await store.value(for: key, timeToLive: .seconds(60), tags: tags) { new }
            }
            #expect(try await value("a", ["red", "round"], 1) == 1)
            #expect(try await value("b", ["red"], 1) == 1)
            #expect(try await value("c", ["blue"], 1) == 1)
            #expect(try await value("old", ["round"], 1) == 1)
            #expect(try await store.get(["a", "b", "c"], as: Int.self) == ["a": 1, "b": 1, "c": 1])
            try await store.invalidate(tag: "round")
            #expect(try await store.get(["a", "b", "c"], as: Int.self) == ["b": 1, "c": 1])
            #expect(try await value("a", ["red", "round"], 2) == 2)
            // The tag exists again, but older entries with it have ended.
            #expect(try await store.get("old", as: Int.self) == nil)
            try await store.invalidate(tag: "red")
            #expect(try await store.get(["a", "b", "c"], as: Int.self) == ["c": 1])
            try await store.invalidate(tags: ["blue", "never used"])
            #expect(try await store.get(["a", "b", "c"], as: Int.self).isEmpty)
            // Invalidating a tag during the computation ends the computed entry.
            let stale = try await store.value(for: "d", tags: ["late"]) {
                try await store.invalidate(tag: "late")
                return 1
            }
            #expect(stale == 1)
            #expect(try await store.get("d", as: Int.self) == nil)
            for tags in [[""], [String(repeating: "t", count: 1001)], (0...1000).map { "\($0)" }] {
                #expect(await keyValueCode { _ = try await store.value(for: "e", tags: tags) { 1 } } == .invalidKey)
            }
        }
    }

    /// A lock acquired after its task was cancelled is released.
    @Test func locksOfCancelledTasksAreReleased() async throws {
        try await withTwoWorkers { left, right, server async throws in
            try await left.withLock("k") {
                let waiting = Task { try await right.withLock("k", timeout: .seconds(30)) {} }
                await server.waitForCalls("lock.Lock", count: 2)
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
            }
            // The server grants the lock to the cancelled task, which must release it long before the lease ends.
            try await left.withLock("k", timeout: .seconds(10)) {}
        }
    }

    private enum Caller { @TaskLocal static var name: String? }

    /// A computation that ends with one request must not give the others that request's logger, span or tenant.
    @Test func computationsBelongToNoRequest() async throws {
        let store = KeyValueStore.inMemory("cache")
        let seen = try await Caller.$name.withValue("ann") {
            try await store.value(for: "k") { Caller.name ?? "nobody" }
        }
        #expect(seen == "nobody")
    }
}
