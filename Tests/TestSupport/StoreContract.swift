package import KVCache
import Testing

/// The expected behaviour of every key-value storage.
package struct StoreContract: Sendable {
    private let store: KeyValueStore
    private let remembersExpiry: Bool

    /// - Parameter remembersExpiry: false for memcached, which cannot report an expiry.
    package init(store: KeyValueStore, remembersExpiry: Bool = true) {
        self.store = store
        self.remembersExpiry = remembersExpiry
    }

    private struct Value: Codable, Sendable, Equatable {
        var text: String
        var numbers: [Int]
    }

    private var raw: KeyValueStore {
        var raw = self.store
        raw.coder = RawValueCoder()
        return raw
    }

    package func check() async throws {
        let store = self.store
        let value = Value(text: "žluť 🐎", numbers: [1, 2, 3])
        // One key.
        #expect(try await store.get("missing", as: Value.self) == nil)
        #expect(try await !store.contains("missing"))
        try await store.set(value, for: "one")
        #expect(try await store.get("one") == value)
        #expect(try await store.contains("one"))
        try await store.set(Value(text: "other", numbers: []), for: "one")
        #expect(try await store.get("one", as: Value.self)?.text == "other")
        try await store.remove("one")
        try await store.remove("one")
        #expect(try await store.get("one", as: Value.self) == nil)

        // Many keys, and none.
        try await store.set(["a": 1, "b": 2, "c": 3])
        #expect(try await store.get(["a", "b", "missing", "a"], as: Int.self) == ["a": 1, "b": 2])
        #expect(try await store.get([String](), as: Int.self) == [:])
        try await store.set([String: Int]())
        try await store.remove([String]())
        try await store.remove(["a", "missing", "b"])
        #expect(try await store.get(["a", "b", "c"], as: Int.self) == ["c": 3])

        // Unusual values.
        for bytes in [[UInt8](), [0], [0, 0x52, 0x53, 1], [0, 0x52, 0x53, 1, 9, 9], Array(0...255)] {
            try await self.raw.set(bytes, for: "bytes")
            #expect(try await self.raw.get("bytes", as: [UInt8].self) == bytes)
            #expect(try await store.contains("bytes"))
        }

        // Prefixes separate stores.
        var left = store
        left.prefix = "left:"
        var right = store
        right.prefix = "right:"
        try await left.set("l", for: "k")
        try await right.set("r", for: "k")
        #expect(try await left.get("k", as: String.self) == "l")
        #expect(try await right.get(["k"], as: String.self) == ["k": "r"])
        #expect(try await store.get("left:k", as: String.self) == "l")

        // Concurrent calls do not get mixed up.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    try await store.set(number, for: "n\(number)")
                    #expect(try await store.get("n\(number)", as: Int.self) == number)
                }
            }
            try await group.waitForAll()
        }

        try await store.clear()
        #expect(try await store.get(["c", "left:k", "n1"], as: String.self).isEmpty)
        try await self.checkComputedValues()
        try await self.checkThatKeysAreBytes()
    }

    /// Swift considers the two spellings equal.
    private func checkThatKeysAreBytes() async throws {
        let store = self.store
        let (composed, decomposed) = ("user:\u{E9}", "user:e\u{301}")
        try await store.set(1, for: composed)
        #expect(try await store.get(decomposed, as: Int.self) == nil)
        #expect(try await !store.contains(decomposed))
        try await store.set(2, for: decomposed)
        #expect(try await store.get(composed, as: Int.self) == 1)
        #expect(try await store.get(decomposed, as: Int.self) == 2)
        // A dictionary can contain only one of them.
        do {
            _ = try await store.get([composed, decomposed], as: Int.self)
            Issue.record("one value would have been lost")
        } catch {
            #expect((error as? KeyValueError)?.code == .invalidKey)
        }
        try await store.remove([decomposed])
        #expect(try await store.get(composed, as: Int.self) == 1)
        try await store.remove([composed, decomposed])

        // Two computations, two locks, two tags.
        async let first = store.value(for: composed, tags: [composed]) {
            try await store.value(for: decomposed, tags: [decomposed]) { 4 } - 1
        }
        #expect(try await first == 3)
        #expect(try await store.get(decomposed, as: Int.self) == 4)
        try await store.withLock(composed) { try await store.withLock(decomposed, timeout: .zero) {} }
        try await store.invalidate(tag: composed)
        #expect(try await store.get(composed, as: Int.self) == nil)
        #expect(try await store.get(decomposed, as: Int.self) == 4)
        #expect(try await store.value(for: "tagged", tags: [composed, decomposed]) { 5 } == 5)
        try await store.invalidate(tag: decomposed)
        #expect(try await store.get("tagged", as: Int.self) == nil)
        try await store.clear()
    }

    private func checkComputedValues() async throws {
        let store = self.store
        let computations = Counter()
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await store.value(for: "computed", timeToLive: .seconds(60), tags: ["t"]) { computations.next() }
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(values == [1])
        #expect(try await store.get("computed", as: Int.self) == 1)
        try await store.invalidate(tag: "t")
        #expect(try await store.get("computed", as: Int.self) == nil)
        #expect(try await store.value(for: "computed", timeToLive: .seconds(60)) { 7 } == 7)
        try await self.checkNestedComputations()
        try await store.clear()
    }

    /// A computation that waits for itself is an error, unless only the names are equal.
    private func checkNestedComputations() async throws {
        let store = self.store
        await Self.expectDeadlock {
            _ = try await store.value(for: "self") { try await store.value(for: "self") { 1 } }
        }
        await Self.expectDeadlock {
            _ = try await store.value(for: "a") {
                try await store.value(for: "b") { try await store.value(for: "a") { 1 } }
            }
        }
        let nested = try await store.withLock("nested") {
            try await store.value(for: "nested") {
                try await store.value(for: "nested-within") { 5 }
            }
        }
        #expect(nested == 5)
        let locked = try await store.value(for: "locked") { try await store.withLock("locked") { 6 } }
        #expect(locked == 6)
    }

    private static func expectDeadlock(_ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("the call did not fail with a deadlock")
        } catch {
            #expect((error as? KeyValueError)?.code == .deadlock)
        }
    }

    /// This takes some seconds.
    package func checkThatEntriesEnd() async throws {
        let store = self.store
        // An expiry that is too close when the call arrives may be stored as none: machines that run tests are slow.
        try await store.set("v", for: "short", timeToLive: .seconds(4))
        try await store.set("v", for: "long", timeToLive: .seconds(60))
        try await store.set("v", for: "ever")
        try await store.set("v", for: "prolonged", timeToLive: .seconds(20))
        try await store.set("v", for: "shortened")
        // Session entries have their own expiry.
        let sessions = KeyValuePersistDriver(store)
        try await sessions.set(key: "session", value: "v", expires: .seconds(4))
        try await sessions.set(key: "session-prolonged", value: "v", expires: .seconds(20))
        for key in ["session-shortened", "session-ever"] { try await sessions.set(key: key, value: "v", expires: .seconds(60)) }
        var early = CacheOptions()
        early.earlyExpirationBeta = 1e-9
        _ = try await store.value(for: "early-prolonged", timeToLive: .seconds(20), options: early) { "v" }
        for key in ["prolonged", "session-prolonged", "early-prolonged"] {
            #expect(try await store.setTimeToLive(.seconds(60), of: key))
        }
        for key in ["shortened", "session-shortened"] { #expect(try await store.setTimeToLive(.seconds(4), of: key)) }
        #expect(try await store.setTimeToLive(nil, of: "session-ever"))
        #expect(try await store.timeToLive(of: "session-prolonged").map { $0 > .seconds(30) && $0 <= .seconds(60) } == true)
        #expect(try await store.timeToLive(of: "early-prolonged").map { $0 > .seconds(30) && $0 <= .seconds(62) } == true)
        #expect(try await store.timeToLive(of: "session-shortened").map { $0 > .zero && $0 <= .seconds(4) } ?? true)
        if self.remembersExpiry { #expect(try await store.timeToLive(of: "session-ever") == nil) }
        #expect(try await !store.setTimeToLive(.seconds(2), of: "missing"))
        #expect(try await !store.contains("missing"))
        #expect(try await store.get("prolonged", as: String.self) == "v")
        if self.remembersExpiry {
            let long = try await store.timeToLive(of: "long")
            #expect(long.map { (.seconds(30)...Duration.seconds(62)).contains($0) } == true)
            let prolonged = try await store.timeToLive(of: "prolonged")
            #expect(prolonged.map { (.seconds(30)...Duration.seconds(62)).contains($0) } == true)
            #expect(try await store.timeToLive(of: "ever") == nil)
            #expect(try await store.timeToLive(of: "missing") == nil)
        }
        // An entry with an expiry that is stored again without one has none.
        try await store.set("v", for: "lasting", timeToLive: .seconds(4))
        try await store.set("v", for: "lasting")
        // The lifetime of a computed value begins with the store, regardless of the computation's duration.
        let slow = try await store.value(for: "slow", timeToLive: .seconds(4)) {
            try await Task.sleep(for: .milliseconds(4500))
            return "v"
        }
        #expect(slow == "v")
        #expect(try await store.get("slow", as: String.self) == "v")
        let short = ["short", "shortened", "slow", "session", "session-shortened"]
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if try await store.get(short, as: String.self).isEmpty { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await store.get(short, as: String.self).isEmpty)
        #expect(try await !store.setTimeToLive(.seconds(60), of: "session"))
        #expect(try await store.timeToLive(of: "session") == nil)
        let long = ["early-prolonged", "ever", "lasting", "long", "prolonged", "session-ever", "session-prolonged"]
        #expect(try await store.get(long, as: String.self).keys.sorted() == long)
        // Without an expiry.
        #expect(try await store.setTimeToLive(nil, of: "long"))
        if self.remembersExpiry { #expect(try await store.timeToLive(of: "long") == nil) }
        #expect(try await store.get("long", as: String.self) == "v")
        try await store.clear()
    }

    /// This takes some seconds.
    ///
    /// - Parameters:
    ///   - keepsEntries: whether the entries survive RoadRunner's restart.
    ///   - away: stops RoadRunner, and restarts it after this duration.
    package func checkThatEntriesEndMeanwhile(keepsEntries: Bool, _ away: (Duration) async throws -> Void) async throws {
        let store = self.store
        let sessions = KeyValuePersistDriver(store)
        try await store.set("v", for: "short", timeToLive: .seconds(3))
        try await store.set("v", for: "shortened", timeToLive: .seconds(600))
        #expect(try await store.setTimeToLive(.seconds(3), of: "shortened"))
        _ = try await store.value(for: "computed", timeToLive: .seconds(3), tags: ["t"]) { "v" }
        try await sessions.set(key: "session", value: "v", expires: .seconds(3))
        try await store.set("v", for: "long", timeToLive: .seconds(600))
        try await store.set("v", for: "ever")
        _ = try await store.value(for: "tagged", timeToLive: .seconds(600), tags: ["u"]) { "v" }
        try await away(.seconds(5))
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline, (try? await store.contains("short")) == nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await store.get(["short", "shortened", "computed", "session"], as: String.self).isEmpty)
        #expect(try await store.timeToLive(of: "short") == nil)
        let long = keepsEntries ? ["ever", "long", "tagged"] : []
        #expect(try await store.get(["ever", "long", "tagged"], as: String.self).keys.sorted() == long)
        if keepsEntries, self.remembersExpiry {
            #expect(try await store.timeToLive(of: "long").map { $0 > .seconds(500) && $0 < .seconds(602) } == true)
            #expect(try await store.timeToLive(of: "ever") == nil)
        }
        try await store.invalidate(tag: "u")
        #expect(try await store.get("tagged", as: String.self) == nil)
        try await store.clear()
    }

    package func checkLocks() async throws {
        let store = self.store
        // No increment is lost.
        try await store.set(0, for: "count")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    try await store.withLock("count", timeout: .seconds(50)) {
                        let count = try await store.get("count", as: Int.self) ?? 0
                        try await Task.sleep(for: .milliseconds(1))
                        try await store.set(count + 1, for: "count")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.get("count", as: Int.self) == 30)

        // Other tasks time out after any timeout; other locks are free.
        try await store.withLock("held") {
            for waiting in [Duration.zero, .milliseconds(50)] {
                let other = Task.detached {
                    try await store.withLock("held", timeout: waiting) { _ = Issue.record("the lock was held twice") }
                }
                do { try await other.value } catch { #expect((error as? KeyValueError)?.code == .notLocked) }
            }
            // Waiting for one's own lock is an error.
            await Self.expectDeadlock { try await store.withLock("held") { _ = Issue.record("the lock was held twice") } }
            await Self.expectDeadlock {
                async let child: Void = store.withLock("held") { _ = Issue.record("the lock was held twice") }
                try await child
            }
            try await store.withLock("other", timeout: .zero) {}
            // A waiting task is cancelled, and does not get the lock.
            let waiting = Task.detached {
                try await store.withLock("held", timeout: .seconds(60)) { _ = Issue.record("a cancelled task got the lock") }
            }
            try await Task.sleep(for: .milliseconds(50))
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
        try await store.withLock("held", timeout: .seconds(5)) {}

        // A body that throws releases the lock; an expired lock is free.
        struct Mishap: Error {}
        await #expect(throws: Mishap.self) { try await store.withLock("thrown") { throw Mishap() } }
        try await store.withLock("thrown", timeout: .zero) {}
        // The holder gets an error.
        await Self.expectLost {
            try await store.withLock("long", lease: .milliseconds(100)) {
                try await Task.detached { try await store.withLock("long", timeout: .seconds(10)) {} }.value
                // Here the lease begins when the lock is granted, slightly later than at RoadRunner.
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        try await self.checkRenewal()
        // Durations beyond the range of clocks are clamped.
        let ever = Duration.seconds(Int64.max) + .seconds(Int64.max)
        try await store.withLock("ever", lease: ever, timeout: ever) {}
        try await store.withLock("ever", timeout: .zero) {}
        try await store.clear()
    }
}

extension StoreContract {
    private static func expectLost(_ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("the lock was held until the end")
        } catch {
            #expect((error as? KeyValueError)?.code == .lockLost)
        }
    }

    private func checkRenewal() async throws {
        let store = self.store
        // The lock lasts beyond its first lease.
        let isHeld = try await store.withLock("renewed", lease: .seconds(2)) { lock in
            try await lock.renew(for: .seconds(600))
            try await Task.sleep(for: .milliseconds(2500))
            let other = Task.detached {
                try await store.withLock("renewed", timeout: .zero) { _ = Issue.record("the lock was held twice") }
            }
            do { try await other.value } catch { #expect((error as? KeyValueError)?.code == .notLocked) }
            return lock.isHeld
        }
        #expect(isHeld)
        try await store.withLock("renewed", timeout: .seconds(5)) {}
        // A lease can also be shortened, and a lock that another task has held does not return.
        await Self.expectLost {
            try await store.withLock("renewed", lease: .seconds(600)) { lock in
                try await lock.renew(for: .milliseconds(100))
                try await Task.detached { try await store.withLock("renewed", timeout: .seconds(20)) {} }.value
                await Self.expectLost { try await lock.renew(for: .seconds(60)) }
            }
        }
        try await store.withLock("renewed", timeout: .seconds(5)) {}
    }
}
