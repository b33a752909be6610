import Goridge
import Hummingbird
import Logging
import NIOCore
import RoadRunnerAPI
import RoadRunnerTesting
import SwiftProtobuf
import TestSupport
import Testing

@testable import KVCache

/// Tests the locks that stores request from RoadRunner, and their release.
@Suite(.timeLimit(.minutes(1))) struct LockTests {
    private static func requests(_ server: TestRPCServer, _ method: String) async throws -> [LockRequest] {
        try await server.calls.filter { $0.method == method }.map {
            try LockRequest(serializedBytes: Array($0.arguments.readableBytesView))
        }
    }

    private static func count(_ server: TestRPCServer, _ method: String) async -> Int {
        await server.calls.count { $0.method == method }
    }

    // MARK: Names

    /// RoadRunner keeps every name until it exits.
    @Test func thePackagesOwnNamesAreFewForAnyNumberOfKeys() async throws {
        try await withServerStore { store, server async throws in
            let driver = KeyValuePersistDriver(store)
            for number in 0..<100 {
                _ = try await store.value(for: "page:/\(number)", timeToLive: .seconds(2)) { number }
                try await driver.create(key: "session:\(number)", value: number, expires: .seconds(2))
            }
            let names = await server.lockNames
            #expect(!names.isEmpty)
            #expect(names.allSatisfy { $0.wholeMatch(of: /kv#cache:(compute|create):\d{1,4}/) != nil }, "\(names)")
        }
        let names = Set((0..<100_000).map { LockName.stripe("cache", .compute, "page:/\($0)").resource })
        #expect(names.count == 4096)
    }

    @Test func namesAreTheSameInEveryProcess() {
        // FNV-1a of 64 bits, by its authors' test vectors: "" is cbf29ce484222325, "a" af63dc4c8601ec8c, "foobar" 85944171f73967e8.
        #expect(LockName.stripe("s", .compute, "").resource == "kv#s:compute:\(0x325)")
        #expect(LockName.stripe("s", .compute, "a").resource == "kv#s:compute:\(0xC8C)")
        #expect(LockName.stripe("s", .create, "foobar").resource == "kv#s:create:\(0x7E8)")
        #expect(LockName.exact("s", "foobar").resource == "kv:s:foobar")
    }

    @Test(arguments: StoreKind.allCases) func locksOfOneKeyForDifferentPurposesAreDistinct(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let driver = KeyValuePersistDriver(store)
            try await store.withLock("k", timeout: .zero) {
                #expect(try await store.value(for: "k") { 1 } == 1)
                try await driver.create(key: "c", value: 1)
            }
            let value = try await store.value(for: "l") {
                try await store.withLock("l", timeout: .zero) {
                    try await driver.create(key: "d", value: 1)
                    return 2
                }
            }
            #expect(value == 2)
            for number in 0..<64 { try await store.withLock("#\(number)", timeout: .seconds(1)) {} }
        }
    }

    // MARK: Deadlocks

    @Test(arguments: StoreKind.allCases) func waitingForOnesOwnLockIsAnError(_ kind: StoreKind) async throws {
        try await kind.with { store in
            #expect(await keyValueCode { try await store.withLock("k") { try await store.withLock("k") {} } } == .deadlock)
            #expect(
                await keyValueCode {
                    try await store.withLock("k") {
                        try await store.withLock("l") {
                            _ = try await store.value(for: "v") { try await store.withLock("k") { 1 } }
                        }
                    }
                } == .deadlock)
            #expect(
                await keyValueCode { _ = try await store.value(for: "k") { try await store.value(for: "k") { 1 } } } == .deadlock)
            // The failed calls leave nothing behind.
            try await store.withLock("k", timeout: .zero) {}
            #expect(try await store.value(for: "k") { 1 } == 1)
            // A task that outlives the lock does not hold it.
            let (released, release) = AsyncStream.makeStream(of: Void.self)
            let later = try await store.withLock("k") {
                Task {
                    for await _ in released { break }
                    try await store.withLock("k") {}
                }
            }
            release.yield()
            try await later.value
            // Locks of other storages have the same names, but are distinct.
            let other = KeyValueStore.inMemory("cache")
            try await store.withLock("k") { try await other.withLock("k") {} }
        }
    }

    /// Two tasks compute two values that depend on each other.
    @Test(arguments: StoreKind.allCases) func valuesThatDependOnEachOtherAreAnError(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let started = Counter()
            @Sendable func compute(_ key: String, _ other: String) async throws -> Int {
                try await store.value(for: key) {
                    started.next()
                    while started.value < 2 { try await Task.sleep(for: .milliseconds(1)) }
                    return try await compute(other, key)
                }
            }
            async let left = keyValueCode { _ = try await compute("a", "b") }
            async let right = keyValueCode { _ = try await compute("b", "a") }
            #expect(await left == .deadlock)
            #expect(await right == .deadlock)
        }
    }

    /// Finds two keys that share a lock.
    private static func twins() throws -> (String, String) {
        var keys: [LockName: String] = [:]
        for number in 0..<10_000 {
            let name = LockName.stripe("cache", .compute, "\(number)")
            if let other = keys[name] { return (other, "\(number)") }
            keys[name] = "\(number)"
        }
        throw CancellationError()
    }

    @Test(arguments: StoreKind.allCases) func nestedKeysThatShareALockDoNotWaitForEachOther(_ kind: StoreKind) async throws {
        let (outer, inner) = try Self.twins()
        try await kind.with { store in
            var options = CacheOptions()
            options.timeout = .seconds(3600)
            let value = try await store.value(for: outer, options: options) { [options] in
                try await store.value(for: inner, options: options) { 1 } + 1
            }
            #expect(value == 2)
            #expect(try await store.get(inner, as: Int.self) == 1)
        }
    }

    @Test func workersThatComputeInDifferentOrderDoNotWaitForEachOther() async throws {
        try await withTwoWorkers { left, right, server async throws in
            let computing = Counter()
            @Sendable func compute(_ store: KeyValueStore, _ outer: String, _ inner: String) async throws -> Int {
                var options = CacheOptions()
                options.timeout = .seconds(3600)
                return try await store.value(for: outer, options: options) { [options] in
                    computing.next()
                    // Both hold the lock that the other one needs.
                    while computing.value < 2 { try await Task.sleep(for: .milliseconds(1)) }
                    return try await store.value(for: inner, options: options) { 1 } + 1
                }
            }
            async let first = compute(left, "a", "b")
            async let second = compute(right, "b", "a")
            // The later one may find the value that the other one has stored.
            let values = [try await first, try await second].sorted()
            #expect(values == [2, 2] || values == [2, 3], "\(values)")
            #expect(await Self.count(server, "lock.Lock") == 2)
        }
    }

    /// A computation that holds a lock of this package needs a lock of the application, whose holder waits for the computation's
    /// lock.
    @Test func insideALockAValueIsComputedInsteadOfWaitedFor() async throws {
        let (outer, inner) = try Self.twins()
        try await withTwoWorkers { left, right, server async throws in
            let first = Task {
                try await left.value(for: outer) {
                    await server.waitForCalls("lock.Lock", count: 2)
                    return try await left.withLock("job") { 1 }
                }
            }
            await server.waitForCalls("lock.Lock", count: 1)
            let second = try await right.withLock("job") {
                await server.waitForCalls("lock.Lock", count: 3)
                return try await right.value(for: inner) { 2 }
            }
            #expect(second == 2)
            #expect(try await first.value == 1)
        }
    }

    // MARK: Releasing

    private static func refusal(_ call: TestRPCServer.Call) -> TestRPCServer.Behavior {
        .frames([Frame(flags: call.flags, options: [call.sequenceNumber, 0], payload: ByteBuffer())])
    }

    @Test func aReleaseThatRoadRunnerMissesIsRepeated() async throws {
        let lines = LogLines()
        try await withServerStore(logger: lines.logger(.info)) { store, server async throws in
            let releases = Counter()
            await server.respond { call in
                call.method == "lock.Release" && releases.next() == 1 ? Self.refusal(call) : .answer
            }
            try await store.withLock("k") {}
            #expect(releases.value == 2)
            try await store.withLock("k", timeout: .zero) {}
            // RoadRunner tries for a millisecond by default.
            for request in try await Self.requests(server, "lock.Release") {
                #expect((2_000_000...5_000_000).contains(request.wait))
            }
            #expect(lines.all.isEmpty)
        }
    }

    @Test func aLockThatWasNotReleasedIsOneWarning() async throws {
        let lines = LogLines()
        try await withServerStore(logger: lines.logger(.info)) { store, server async throws in
            await server.respond { $0.method == "lock.Release" ? Self.refusal($0) : .answer }
            try await store.withLock("k") {}
            #expect(await Self.count(server, "lock.Release") == 3)
            #expect(lines.all.count == 1)
            #expect(lines.all.first?.hasPrefix("warning could not release a lock") == true)
            // An expired lock need not be released.
            #expect(
                await keyValueCode {
                    try await store.withLock("short", lease: .milliseconds(1)) { try await Task.sleep(for: .milliseconds(50)) }
                } == .lockLost)
            #expect(await Self.count(server, "lock.Release") == 4)
            #expect(lines.all.count == 2)
            #expect(lines.all.last?.hasPrefix("warning the lease of a lock ended") == true)
            // A release without a response may have succeeded.
            let releases = Counter()
            await server.respond { call in
                guard call.method == "lock.Release" else { return .answer }
                return releases.next() == 1 ? .close : Self.refusal(call)
            }
            try await store.withLock("l") {}
            #expect(releases.value == 2)
            #expect(lines.all.count == 2)
        }
    }

    // MARK: Leases

    @Test(arguments: StoreKind.allCases) func anErrorAfterTheLeaseIsRethrown(_ kind: StoreKind) async throws {
        struct Mishap: Error {}
        try await kind.with { store in
            await #expect(throws: Mishap.self) {
                try await store.withLock("k", lease: .milliseconds(1)) {
                    try await Task.sleep(for: .milliseconds(50))
                    throw Mishap()
                }
            }
            // A computation that outlives its lease still returns its value.
            var options = CacheOptions()
            options.computeLease = .milliseconds(1)
            let value = try await store.value(for: "v", options: options) {
                try await Task.sleep(for: .milliseconds(50))
                return 1
            }
            #expect(value == 1)
            #expect(try await store.get("v", as: Int.self) == 1)
        }
    }

    @Test func aLockThatRoadRunnerHasLostCannotBeRenewed() async throws {
        try await withServerStore { store, server async throws in
            let code = await keyValueCode {
                try await store.withLock("k", lease: .seconds(600)) { lock in
                    #expect(lock.isHeld)
                    try await lock.renew(for: .seconds(60))
                    for bad in [Duration.zero, .seconds(-1)] {
                        #expect(await keyValueCode { try await lock.renew(for: bad) } == .invalidTimeToLive)
                    }
                    // Longer than Go's durations.
                    try await lock.renew(for: .seconds(Int64.max))
                    await server.stop()
                    try await server.start()
                    while (try? await store.contains("x")) == nil { try await Task.sleep(for: .milliseconds(10)) }
                    #expect(await keyValueCode { try await lock.renew(for: .seconds(60)) } == .lockLost)
                    #expect(!lock.isHeld)
                }
            }
            #expect(code == .lockLost)
            #expect(await !server.hasCrashed)
        }
    }

    @Test func creatingHoldsItsLockForSeconds() async throws {
        try await withServerStore { store, server async throws in
            try await KeyValuePersistDriver(store).create(key: "k", value: 1)
            #expect(try await Self.requests(server, "lock.Lock").allSatisfy { $0.ttl <= 10_000_000 })
        }
    }

    /// RoadRunner executes calls that arrived before the connection was lost, but the client never learnt of this lock.
    @Test(arguments: [false, true]) func aLockOfALostConnectionIsReleased(_ isCancelled: Bool) async throws {
        try await withServerStore { store, server async throws in
            try await store.set(1, for: "x")
            let locks = Counter()
            await server.respond { $0.method == "lock.Lock" && locks.next() == 1 ? .perform : .answer }
            let task = Task { try await store.withLock("k", lease: .seconds(600)) {} }
            await server.waitForCalls("lock.Lock", count: 1)
            if isCancelled {
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            await server.disconnect()
            if !isCancelled { await #expect(throws: RPCError.self) { try await task.value } }
            while (try? await store.contains("x")) == nil { try await Task.sleep(for: .milliseconds(10)) }
            try await store.withLock("k", timeout: .seconds(30)) {}
        }
    }

    /// A cancelled task never keeps its lock, whenever it is cancelled.
    @Test func aTaskThatIsCancelledAtAnyMomentReleases() async throws {
        try await withServerStore { store, server async throws in
            var random = SeededGenerator.forTest()
            for round in 0..<100 {
                let pause = Duration.microseconds(Int.random(in: 0...2000, using: &random))
                let task = Task {
                    try await store.withLock("k", lease: .seconds(600)) {
                        if round.isMultiple(of: 3) { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                }
                try await Task.sleep(for: pause)
                task.cancel()
                _ = await task.result
                try await store.withLock("k", timeout: .seconds(20)) {}
            }
        }
    }

    /// A single attempt does not wait, regardless of thread scheduling.
    @Test func aSingleAttemptInTheProcessDoesNotWait() async throws {
        let locks = LocalLocks()
        #expect(try await locks.lock("k", id: "holder", holding: .seconds(3600), waiting: .zero))
        let got = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                let waiting = number.isMultiple(of: 2) ? Duration.zero : .nanoseconds(1)
                group.addTask { try await locks.lock("k", id: "\(number)", holding: .seconds(1), waiting: waiting) }
            }
            return try await group.contains(true)
        }
        #expect(!got)
    }

    // MARK: Clearing

    /// Two concurrent clears of a memory storage crash RoadRunner.
    @Test func memoryStoragesAreClearedOneAtATime() async throws {
        try await withTwoWorkers { left, right, server async throws in
            await server.respond { $0.method == "kv.Clear" ? .hold : .answer }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for store in [left, left, right, right] { group.addTask { try await store.clear() } }
                for number in 1...4 {
                    await server.waitForCalls("kv.Clear", count: number)
                    // The others wait, for a lock of RoadRunner or within their process.
                    if number == 1 { try await Task.sleep(for: .milliseconds(100)) }
                    #expect(await Self.count(server, "kv.Clear") == number)
                    await server.releaseHeld()
                }
                try await group.waitForAll()
            }
            #expect(await !server.hasCrashed)
            #expect(try await Set(Self.requests(server, "lock.Lock").map(\.resource)) == ["kv#cache:clear"])
        }
    }

    @Test func otherDriversAreClearedWithoutALock() async throws {
        try await withServerStore(driver: .redis) { store, server async throws in
            try await store.clear()
            #expect(await server.calls.map(\.method) == ["kv.Clear"])
        }
    }

    /// A lease begins at RoadRunner, rather than when the client reads the response.
    @Test func aLateResponseDoesNotProlongTheLease() async throws {
        try await withServerStore { store, server async throws in
            await server.respond { $0.method == "lock.Lock" ? .hold : .answer }
            let lock = Task {
                try await store.lock(.stripe("cache", .compute, "k"), "k", lease: .milliseconds(30), timeout: .zero)
            }
            await server.waitForCalls("lock.Lock", count: 1)
            try await Task.sleep(for: .milliseconds(50))
            await server.releaseHeld()
            #expect(try await lock.value?.isLive == false)
        }
    }
}
