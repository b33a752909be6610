package import Goridge
package import Logging
package import NIOCore
import Synchronization

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A storage in this process. When it is full, it evicts the least recently used entry.
package final class MemoryStorage: StorageBackend {
    private struct Entry {
        let value: ByteBuffer
        var expiry: Date?
    }

    private struct State: Sendable {
        var entries = LRUEntries<Entry>()
        /// The size of all keys and values.
        var byteCount = 0
    }

    package let driver = StorageDriver.memory
    private let maximumEntries: Int
    private let maximumBytes: Int
    private let now: @Sendable () -> Date
    private let state = Mutex(State())
    private let locks = LocalLocks()

    package init(maximumEntries: Int, maximumBytes: Int, now: @escaping @Sendable () -> Date) {
        self.maximumEntries = max(1, maximumEntries)
        self.maximumBytes = max(1, maximumBytes)
        self.now = now
    }

    package func get(_ key: String) async throws -> ByteBuffer? {
        let now = self.now()
        return self.state.withLock { self.entry(key, in: &$0, now)?.value }
    }

    package func get(_ keys: [String]) async throws -> [ExactString: ByteBuffer] {
        self.existing(keys) { $0.value }
    }

    package func contains(_ keys: [String]) async throws -> Set<ExactString> { Set(self.existing(keys) { _ in true }.keys) }

    package func expiries(_ keys: [String]) async throws -> [ExactString: Date] {
        self.existing(keys) { $0.expiry }.compactMapValues { $0 }
    }

    package func set(_ entries: [(key: String, value: ByteBuffer)], lifetime: EntryLifetime) async throws {
        let expiry = lifetime.end(now: self.now())
        self.state.withLock { state in
            for (key, value) in entries {
                // A slice would retain the whole buffer.
                self.store(key, Entry(value: ByteBuffer(bytes: value.readableBytesView), expiry: expiry), in: &state)
            }
        }
    }

    package func remove(_ keys: [String]) async throws {
        self.state.withLock { state in
            for key in keys { self.drop(key, from: &state) }
        }
    }

    package func setLifetime(_ lifetime: EntryLifetime, of key: String, holding value: ByteBuffer) async throws -> Bool {
        let now = self.now()
        let expiry = lifetime.end(now: now)
        return self.state.withLock { state in
            guard var entry = self.entry(key, in: &state, now) else { return false }
            entry.expiry = expiry
            state.entries.set(key, entry)
            return true
        }
    }

    package func clear() async throws { self.state.withLock { $0 = State() } }

    package var logger: Logger { Logger.current }

    package var lockDomain: ObjectIdentifier { ObjectIdentifier(self) }

    package func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool {
        try await self.locks.lock(resource, id: id, holding: holding, waiting: waiting)
    }

    package func renew(_ resource: String, id: String, holding: Duration) async throws -> Bool {
        self.locks.renew(resource, id: id, holding: holding)
    }

    package func unlock(_ resource: String, id: String, endingAt end: ContinuousClock.Instant) async {
        self.locks.unlock(resource, id: id)
    }

    // MARK: Entries

    private func existing<Value: Sendable>(_ keys: [String], _ body: (Entry) -> Value) -> [ExactString: Value] {
        let now = self.now()
        return self.state.withLock { state in
            var found: [ExactString: Value] = [:]
            for key in keys { if let entry = self.entry(key, in: &state, now) { found[ExactString(key)] = body(entry) } }
            return found
        }
    }

    private func entry(_ key: String, in state: inout State, _ now: Date) -> Entry? {
        guard let entry = state.entries.use(key) else { return nil }
        if let expiry = entry.expiry, expiry <= now {
            self.drop(key, from: &state)
            return nil
        }
        return entry
    }

    private func store(_ key: String, _ entry: Entry, in state: inout State) {
        self.drop(key, from: &state)
        // An entry above the limit would only evict the others.
        guard Self.size(key, entry) <= self.maximumBytes else { return }
        state.entries.set(key, entry)
        state.byteCount += Self.size(key, entry)
        while state.entries.count > self.maximumEntries || state.byteCount > self.maximumBytes {
            guard let oldest = state.entries.oldestKey else { return }
            self.drop(oldest, from: &state)
        }
    }

    private func drop(_ key: String, from state: inout State) {
        if let entry = state.entries.remove(key) { state.byteCount -= Self.size(key, entry) }
    }

    private static func size(_ key: String, _ entry: Entry) -> Int { key.utf8.count + entry.value.readableBytes }
}
