import Goridge
import NIOCore
public import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension KeyValueStore {
    /// The value of a key; when there is none, it is computed and stored.
    ///
    /// ```swift
    /// let report = try await cache.value(for: "report", expiresIn: .seconds(60)) { try await makeReport() }
    /// ```
    ///
    /// It is computed once, however many tasks ask for it at the same time: within the process they share the result, among workers
    /// of the same RoadRunner they wait for each other by its `lock` plugin. The computation runs in a task of its own, which has no
    /// task-local values of those who wait, and is cancelled when nobody waits for it any more.
    ///
    /// Keys share 4,096 locks, since RoadRunner keeps the names of locks for ever; now and then a computation waits for one of another key.
    /// A value that another computation asks for is computed once in each worker: below a lock no other one is waited for.
    ///
    /// - Parameters:
    ///   - timeToLive: how long the value lives from when it is stored, however long computing takes; the store's own when nil.
    ///   - tags: names by which ``invalidate(tag:)`` can end the entry, at most 1,000.
    /// - Throws: what `compute` throws; ``KeyValueError/Code/deadlock`` when `compute` needs the value that it computes; see
    ///   ``KeyValueStore`` for the rest.
    public func value<Value: Codable & Sendable>(
        for key: String, as type: Value.Type = Value.self, expiresIn timeToLive: Duration? = nil, tags: [String] = [],
        options: CacheOptions = CacheOptions(), compute: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await CachedValue(
            store: self, key: self.fullKey(key), timeToLive: timeToLive, tags: tags, options: options,
            encode: { try self.coder.encode($0) }, decode: { try self.coder.decode(type, from: $0) }, compute: compute
        ).value()
    }

    /// The same for protobuf messages.
    public func value<Value: Message>(
        for key: String, as type: Value.Type = Value.self, expiresIn timeToLive: Duration? = nil, tags: [String] = [],
        options: CacheOptions = CacheOptions(), compute: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await CachedValue(
            store: self, key: self.fullKey(key), timeToLive: timeToLive, tags: tags, options: options,
            encode: { try self.coder.encode(message: $0) }, decode: { try self.coder.decode(message: type, from: $0) },
            compute: compute
        ).value()
    }
}

/// One question for a value that may have to be computed.
private struct CachedValue<Value: Sendable>: Sendable {
    let store: KeyValueStore
    let key: String
    let timeToLive: Duration?
    let tags: [String]
    let options: CacheOptions
    let encode: @Sendable (Value) throws -> ByteBuffer
    let decode: @Sendable (ByteBuffer) throws -> Value
    let compute: @Sendable () async throws -> Value

    private struct Hit: Sendable {
        let value: Value
        let isDueEarly: Bool
    }

    func value() async throws -> Value {
        guard let hit = try await self.lookUp() else {
            do {
                return try await self.store.flights.run(self.key, .miss(HeldLocks.current)) { try await self.computeOnce() }
            } catch is SingleFlight.Deadlock {
                throw KeyValueError(
                    .deadlock, storage: self.store.name, key: self.key,
                    "the value would wait for itself: its computation, or one that it waits for, asks for it")
            }
        }
        guard hit.isDueEarly else { return hit.value }
        // One recomputes, the others use what there is; and so does this one when it fails, as the value has not ended.
        let early = try? await self.store.flights.run(self.key, .early) { try await self.computeEarly() }
        return (early ?? nil) ?? hit.value
    }

    private func lookUp() async throws -> Hit? {
        do {
            guard let record = try await self.store.record(self.key) else { return nil }
            let value = try self.store.decode(self.key) { try self.decode(record.value) }
            return Hit(value: value, isDueEarly: self.isDueEarly(record))
        } catch let error where self.options.treatsFailuresAsMisses && !(error is CancellationError) {
            return nil
        }
    }

    private func isDueEarly(_ record: EntryRecord) -> Bool {
        guard let beta = self.options.earlyExpirationBeta, beta > 0, let expiry = record.expiry, let time = record.computation
        else { return false }
        let head = Double(time) * beta * -log(Double.random(in: Double.leastNonzeroMagnitude..<1))
        return Double(self.store.milliseconds) + head >= Double(expiry)
    }

    private func computeOnce() async throws -> Value {
        let held = HeldLocks.current
        // Keys share locks: workers that wait for one while they hold another would wait for each other.
        if held.hasStripe { return try await self.computeAndStore() }
        // A lock of the application's may be what another worker waits for, while it holds the one that is wanted here.
        let waiting = held.isEmpty ? self.options.timeout : min(self.options.timeout, Self.timeoutBelowLock)
        guard let lock = try await self.lock(waiting: waiting) else { return try await self.computeAndStore() }
        return try await lock.hold {
            // Another worker may have been first, or the miss was one of the moment in which a value is replaced.
            if let hit = try await self.lookUp() { return hit.value }
            return try await self.computeAndStore()
        }
    }

    private static var timeoutBelowLock: Duration { .seconds(2) }

    private func computeEarly() async throws -> Value? {
        guard !HeldLocks.current.hasStripe else { return nil }
        return try await self.lock(waiting: .zero)?.hold { try await self.computeAndStore() }
    }

    private func lock(waiting: Duration) async throws -> HeldLock? {
        do {
            return try await self.store.lock(
                .stripe(self.store.name, .compute, self.key), self.key, lease: self.options.computeLease,
                timeout: waiting)
        } catch let error where self.options.treatsFailuresAsMisses && !(error is CancellationError) {
            return nil
        }
    }

    private func computeAndStore() async throws -> Value {
        let lifetime = try self.store.lifetime(self.timeToLive)
        // Taken before: a tag that is invalidated while the value is computed ends it.
        let tags = await Result.catching { try await self.store.current(tags: self.tags) }
        if !self.options.treatsFailuresAsMisses { _ = try tags.get() }
        let start = ContinuousClock.now
        let value = try await self.compute()
        do {
            var record = EntryRecord(value: try self.store.encode(self.key) { try self.encode(value) }, tags: try tags.get())
            if self.options.earlyExpirationBeta != nil, let end = lifetime.end(now: self.store.now()) {
                record.expiry = Int64(end.timeIntervalSince1970 * 1000)
                record.computation = UInt32(clamping: (ContinuousClock.now - start).clampedNanoseconds / 1_000_000)
            }
            try await self.store.store([(self.key, record)], lifetime: lifetime)
        } catch let error where self.options.treatsFailuresAsMisses && !(error is CancellationError) {
            // The caller has its value.
        }
        return value
    }
}

extension Result where Failure == any Error {
    fileprivate static func catching(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
