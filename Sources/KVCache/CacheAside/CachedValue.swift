import Goridge
import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One request for a value that may have to be computed.
struct CachedValue<Value: Sendable>: Sendable {
    let store: KeyValueStore
    let key: String
    let timeToLive: Duration?
    let tags: Set<ExactString>
    let options: CacheOptions
    let encode: @Sendable (Value) throws -> ByteBuffer
    let decode: @Sendable (ByteBuffer) throws -> Value
    let compute: @Sendable () async throws -> Value

    private struct Hit: Sendable {
        let value: Value
        let expiry: Int64?
        let tags: Set<ExactString>
        let isDueEarly: Bool
    }

    /// What the storage has for the key.
    private enum Look: Sendable {
        case hit(Hit)
        /// - Parameter tags: the tags of an entry that other callers stored, and that lacks a requested tag.
        case miss(tags: Set<ExactString>)
    }

    func value() async throws -> Value {
        switch try await self.look(for: self.tags) {
        case .miss(let tags):
            return try await self.fly(.miss(HeldLocks.current)) { try await self.computeOnce($0, tags) }
        case .hit(let hit):
            guard hit.isDueEarly else { return hit.value }
            // One task recomputes, the others use the present value; so does this one on failure, since the value has not expired.
            let early = try? await self.fly(.early) { try await self.computeEarly($0, hit) }
            return (early ?? nil) ?? hit.value
        }
    }

    private func fly<Result: Sendable>(
        _ kind: SingleFlight.Kind, _ work: @escaping @Sendable (FlightHandle) async throws -> Result
    ) async throws -> Result {
        let terms = FlightTerms(
            lifetime: try self.store.lifetime(self.timeToLive), tags: self.tags,
            allowsEarlyExpiration: self.options.earlyExpirationBeta != nil)
        let key = SingleFlight.Key(
            self.key, prefix: self.store.prefix, Value.self, kind, isLenient: self.options.treatsFailuresAsMisses)
        do {
            return try await self.store.flights.run(key, terms, work)
        } catch is SingleFlight.Deadlock {
            throw KeyValueError(
                .deadlock, storage: self.store.name, key: self.key,
                "deadlock: the computation asks for its own value, directly or by way of another one")
        }
    }

    /// - Parameter wanted: the tags that an entry must have.
    private func look(for wanted: Set<ExactString>) async throws -> Look {
        do {
            guard let record = try await self.store.record(self.key) else { return .miss(tags: []) }
            let tags = Set(record.tags.map(\.name))
            // A tag that the entry lacks could not invalidate it.
            guard tags.isSuperset(of: wanted) else { return .miss(tags: tags) }
            let value = try self.store.decode(self.key) { try self.decode(record.value) }
            return .hit(Hit(value: value, expiry: record.expiry, tags: tags, isDueEarly: self.isDueEarly(record)))
        } catch let error where self.options.treatsFailuresAsMisses && !(error is CancellationError) {
            return .miss(tags: [])
        }
    }

    private func isDueEarly(_ record: EntryRecord) -> Bool {
        guard let beta = self.options.earlyExpirationBeta, beta > 0, let expiry = record.expiry, let time = record.computation
        else { return false }
        let head = Double(time) * beta * -log(Double.random(in: Double.leastNonzeroMagnitude..<1))
        return Double(self.store.milliseconds) + head >= Double(expiry)
    }

    // MARK: Computing

    private func computeOnce(_ flight: FlightHandle, _ tags: Set<ExactString>) async throws -> Value {
        let held = HeldLocks.current
        // Keys share locks: workers that wait for one while they hold another could deadlock.
        if held.hasStripe { return try await self.lookAgain(flight) }
        // Another worker may wait for a lock of the application's while it holds the one that is needed here.
        let waiting = held.isEmpty ? self.options.timeout : min(self.options.timeout, Self.timeoutBelowLock)
        let lock: HeldLock?
        do {
            lock = try await self.lock(waiting: waiting)
        } catch let error where self.options.treatsFailuresAsMisses && !(error is CancellationError) {
            return try await self.computeAndStore(flight, flight.takeTerms(), tags)
        }
        guard let lock else { return try await self.lookAgain(flight) }
        // No caller should wait for a computation whose result is dropped.
        flight.whenOutdated { Task.detached { await lock.release() } }
        return try await lock.hold(mayEndBefore: true) { try await self.lookAgain(flight) }
    }

    private static var timeoutBelowLock: Duration { .seconds(2) }

    /// Another task may have been first while this one waited, or the miss fell into the moment in which a value is replaced.
    private func lookAgain(_ flight: FlightHandle) async throws -> Value {
        let terms = flight.takeTerms()
        switch try await self.look(for: terms.tags) {
        case .hit(let hit): return hit.value
        case .miss(let tags): return try await self.computeAndStore(flight, terms, tags)
        }
    }

    private func computeEarly(_ flight: FlightHandle, _ hit: Hit) async throws -> Value? {
        guard !HeldLocks.current.hasStripe, let lock = try await self.lock(waiting: .zero) else { return nil }
        flight.whenOutdated { Task.detached { await lock.release() } }
        return try await lock.hold(mayEndBefore: true) { () async throws -> Value? in
            let terms = flight.takeTerms()
            switch try await self.look(for: terms.tags) {
            // Another task has recomputed it.
            case .hit(let new) where new.expiry != hit.expiry: return new.value
            case .hit(let old): return try await self.computeAndStore(flight, terms, old.tags)
            // It was removed: the next caller computes it.
            case .miss: return nil
            }
        }
    }

    private func lock(waiting: Duration) async throws -> HeldLock? {
        try await self.store.lock(
            .stripe(self.store.name, .compute, self.key), self.key, lease: self.options.computeLease, timeout: waiting)
    }

    /// - Parameter others: the tags of the entry that is replaced, which may be those of other callers.
    private func computeAndStore(
        _ flight: FlightHandle, _ terms: FlightTerms, _ others: Set<ExactString>
    ) async throws -> Value {
        let union = terms.tags.union(others)
        let names = EntryRecord.isPossible(tags: union) ? union : terms.tags
        // Read before computing: a tag that is invalidated while the value is computed invalidates it.
        let tags = await Result.catching { try await self.store.current(tags: names, for: terms.lifetime) }
        if !self.options.treatsFailuresAsMisses { _ = try tags.get() }
        let start = ContinuousClock.now
        let value = try await self.compute()
        let took = ContinuousClock.now - start
        do {
            let record = EntryRecord(
                value: try self.store.encode(self.key) { try self.encode(value) }, tags: try tags.get())
            try await flight.store { terms in
                var record = record
                if terms.allowsEarlyExpiration, let end = terms.lifetime.end(now: self.store.now()) {
                    record.expiry = Expiry.milliseconds(end)
                    record.computation = UInt32(clamping: took.clampedNanoseconds / 1_000_000)
                }
                try await self.store.store([(self.key, record)], lifetime: terms.lifetime)
            }
        } catch let error where self.options.treatsFailuresAsMisses && !(error is CancellationError) {
            // The caller already has its value.
        }
        return value
    }
}

extension Result where Failure == any Error {
    fileprivate static func catching(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
