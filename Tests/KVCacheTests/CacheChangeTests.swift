import Goridge
import Logging
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

@testable import KVCache

/// Tests computations that are in flight while their value is written, removed, or requested with other options.
@Suite(.timeLimit(.minutes(1))) struct CacheChangeTests {
    /// A computation that waits until the gate opens.
    private struct Gate {
        private let started = AsyncStream.makeStream(of: Void.self)
        private let opened = AsyncStream.makeStream(of: Void.self)

        func waitUntilEntered() async { for await _ in self.started.stream { break } }
        func open() { self.opened.continuation.finish() }

        func pass() async {
            self.started.continuation.yield()
            for await _ in self.opened.stream {}
        }
    }

    /// A test that waits in vain would take an hour.
    private static var patient: CacheOptions {
        var options = CacheOptions()
        options.timeout = .seconds(3600)
        return options
    }

    // MARK: Changes

    enum Change: CaseIterable, Sendable {
        case set, remove, invalidate, clear, persist, failingSet

        func make(_ store: KeyValueStore) async throws {
            switch self {
            case .set: try await store.set(["k": 5])
            case .remove: try await store.remove("k")
            case .invalidate: try await store.invalidate(tag: "t")
            case .clear: try await store.clear()
            case .persist: try await KeyValuePersistDriver(store).set(key: "k", value: 5, expires: nil)
            // The outcome of the call is unknown.
            case .failingSet:
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await store.set(5, for: "k")
                }
                _ = await task.result
            }
        }
    }

    @Test(arguments: StoreKind.allCases, Change.allCases) func laterCallsGetNoOlderValue(
        _ kind: StoreKind, _ change: Change
    ) async throws {
        try await kind.with { store in
            let gate = Gate()
            let old = Task {
                try await store.value(for: "k", timeToLive: .seconds(60), tags: ["t"], options: Self.patient) {
                    await gate.pass()
                    return 1
                }
            }
            await gate.waitUntilEntered()
            try await change.make(store)
            let new = try await store.value(for: "k", options: Self.patient) { 2 }
            let wasSet = try await store.get("k", as: Int.self) == 5
            #expect(new == (wasSet ? 5 : 2))
            gate.open()
            #expect(try await old.value == 1)
            // The old value does not replace the newer one.
            #expect(try await store.get("k", as: Int.self) == new)
            #expect(store.flights.waiterCount == 0)
        }
    }

    @Test func computationsBegunDuringARemovalAreNotJoinedAfterwards() async throws {
        try await withServerStore { store, server async throws in
            await server.respond { $0.method == "kv.Delete" ? .hold : .answer }
            let removal = Task { try await store.remove("k") }
            await server.waitForCalls("kv.Delete", count: 1)
            let gate = Gate()
            let old = Task {
                try await store.value(for: "k", options: Self.patient) {
                    await gate.pass()
                    return 1
                }
            }
            await gate.waitUntilEntered()
            await server.releaseHeld()
            try await removal.value
            #expect(try await store.value(for: "k", options: Self.patient) { 2 } == 2)
            gate.open()
            #expect(try await old.value == 1)
            #expect(try await store.get("k", as: Int.self) == 2)
        }
    }

    /// RoadRunner executes two calls in flight in any order.
    @Test func writesWaitForAComputedValueBeingStored() async throws {
        try await withServerStore { store, server async throws in
            let sets = Counter()
            await server.respond { $0.method == "kv.Set" && sets.next() == 1 ? .hold : .answer }
            let flight = Task { try await store.value(for: "k") { 1 } }
            await server.waitForCalls("kv.Set", count: 1)
            let write = Task { try await store.set(5, for: "k") }
            // Long enough for a call that does not wait.
            try await Task.sleep(for: .milliseconds(100))
            #expect(await server.calls.count { $0.method == "kv.Set" } == 1)
            // Waiters may be cancelled; the value is stored nevertheless.
            flight.cancel()
            _ = await flight.result
            try await Task.sleep(for: .milliseconds(100))
            #expect(await server.calls.count { $0.method == "kv.Set" } == 1)
            await server.releaseHeld()
            try await write.value
            #expect(try await store.get("k", as: Int.self) == 5)
        }
    }

    @Test func storesOfOneStorageShareTheirChanges() async throws {
        try await TestRPCServer.with(storages: ["cache"]) { server in
            let client = try RPCClient(address: server.address, logger: .init(label: "test"))
            let left = KeyValueStore.remote("cache", client: client, driver: .memory)
            let right = KeyValueStore.remote("cache", client: client, driver: .memory, prefix: "")
            let gate = Gate()
            let old = Task {
                try await left.value(for: "k", options: Self.patient) {
                    await gate.pass()
                    return 1
                }
            }
            await gate.waitUntilEntered()
            try await right.remove("k")
            #expect(try await right.value(for: "k", options: Self.patient) { 2 } == 2)
            gate.open()
            _ = try await old.value
            #expect(try await left.get("k", as: Int.self) == 2)
            await client.close()
        }
    }

    /// Tags of another prefix are different tags.
    @Test func onlyChangedValuesAreRecomputed() async throws {
        let store = KeyValueStore.inMemory("cache")
        let gate = Gate()
        let first = Task {
            try await store.value(for: "k", tags: ["t"]) {
                await gate.pass()
                return 1
            }
        }
        await gate.waitUntilEntered()
        var other = store
        other.prefix = "p:"
        try await other.invalidate(tag: "t")
        try await other.set(5, for: "k")
        try await store.invalidate(tag: "u")
        try await store.remove("l")
        let second = Task { try await store.value(for: "k", tags: ["t"]) { 2 } }
        while store.flights.waiterCount < 2 { try await Task.sleep(for: .milliseconds(1)) }
        gate.open()
        #expect(try await first.value == 1)
        #expect(try await second.value == 1)
        #expect(try await store.get("k", as: Int.self) == 1)
    }

    // MARK: Options

    @Test func theEntryHasTheShortestTimeToLive() async throws {
        let clock = TestClock()
        let store = KeyValueStore.inMemory("cache", now: clock.now)
        let gate = Gate()
        let first = Task {
            try await store.value(for: "k") {
                await gate.pass()
                return 1
            }
        }
        await gate.waitUntilEntered()
        let others = [Duration.seconds(1000), .seconds(10), .seconds(500)].map { life in
            Task { try await store.value(for: "k", timeToLive: life) { 2 } }
        }
        while store.flights.waiterCount < 4 { try await Task.sleep(for: .milliseconds(1)) }
        gate.open()
        #expect(try await first.value == 1)
        for other in others { #expect(try await other.value == 1) }
        clock.advance(9)
        #expect(try await store.get("k", as: Int.self) == 1)
        clock.advance(4)
        #expect(try await store.get("k", as: Int.self) == nil)
    }

    @Test func theEntryHasTheTagsOfAllWaiters() async throws {
        try await withServerStore { store, server async throws in
            let gate = Gate()
            let first = Task {
                try await store.value(for: "k", tags: ["a"], options: Self.patient) {
                    await gate.pass()
                    return 1
                }
            }
            await gate.waitUntilEntered()
            // The computation may have read data from before the last change of this tag.
            let second = Task { try await store.value(for: "k", tags: ["b"], options: Self.patient) { 2 } }
            await server.waitForCalls("lock.Lock", count: 2)
            gate.open()
            #expect(try await first.value == 1)
            #expect(try await second.value == 2)
            #expect(try await store.value(for: "k", tags: ["a", "b"]) { 3 } == 2)
            for tag in ["a", "b"] {
                try await store.invalidate(tag: tag)
                #expect(try await store.get("k", as: Int.self) == nil)
                #expect(try await store.value(for: "k", tags: ["a", "b"]) { 4 } == 4)
            }
        }
    }

    @Test func callsThatTreatFailuresAsMissesDoNotFailWithOthers() async throws {
        try await withServerStore { store, server async throws in
            let locks = Counter()
            await server.respond { call in
                guard call.method == "lock.Lock" else { return .answer }
                return locks.next() == 1 ? .hold : .error("lock: something is wrong")
            }
            let strict = Task { try await store.value(for: "k") { 1 } }
            await server.waitForCalls("lock.Lock", count: 1)
            var lenient = CacheOptions()
            lenient.treatsFailuresAsMisses = true
            #expect(try await store.value(for: "k", options: lenient) { 2 } == 2)
            await server.releaseHeld()
            #expect(try await strict.value == 2)
        }
    }

    // MARK: Second reads

    @Test func waitersReadAgainAfterTheTimeout() async throws {
        try await withTwoWorkers { left, right, server async throws in
            let lock = try await left.locked(.stripe("cache", .compute, "k"), "k", lease: .seconds(60), timeout: .zero)
            let value = Task {
                var options = CacheOptions()
                options.timeout = .milliseconds(500)
                return try await right.value(for: "k", options: options) { 1 }
            }
            await server.waitForCalls("lock.Lock", count: 2)
            try await left.set(9, for: "k")
            #expect(try await value.value == 9)
            await lock.release()
        }
    }

    @Test func earlyRecomputationsReadAgain() async throws {
        try await withTwoWorkers { left, right, server async throws in
            func store(_ value: String, _ life: Double) async throws {
                let record = EntryRecord(
                    value: ByteBuffer(string: value), expiry: left.milliseconds + Int64(life * 1000), computation: 60_000)
                try await left.store([("k", record)], lifetime: .limited(.seconds(life)))
            }
            try await store("1", 1000)
            await server.respond { $0.method == "lock.Lock" ? .hold : .answer }
            let value = Task {
                var options = CacheOptions()
                options.earlyExpirationBeta = 1e9
                return try await right.value(for: "k", timeToLive: .seconds(1000), options: options) { 3 }
            }
            await server.waitForCalls("lock.Lock", count: 1)
            try await store("2", 2000)
            await server.releaseHeld()
            #expect(try await value.value == 2)
        }
    }
}
