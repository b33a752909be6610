import Goridge
public import Hummingbird

/// Hummingbird's persistence over a key-value storage: sessions, rate limiters and the like written for Hummingbird use
/// RoadRunner's storages.
///
/// ```swift
/// router.add(middleware: SessionMiddleware(KeyValuePersistDriver(cache)))
/// ```
///
/// `create` is atomic by RoadRunner's lock: within one RoadRunner, and among those that use this driver. Ends of life are exact to the
/// millisecond, as they are stored beside the value.
public struct KeyValuePersistDriver: PersistDriver {
    private let store: KeyValueStore

    /// A driver over a storage. Give the store a prefix when the storage holds other things, too.
    public init(_ store: KeyValueStore) { self.store = store }

    public func create<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        let full = try self.store.fullKey(key)
        let record = try self.record(full, value, expires)
        try await self.store.withLock(key) {
            guard try await self.store.record(full) == nil else { throw PersistError.duplicate }
            try await self.write(full, record, expires)
        }
    }

    public func set<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        let full = try self.store.fullKey(key)
        var record = try self.record(full, value, expires)
        var remaining = expires
        if expires == nil, let expiry = try await self.store.record(full)?.expiry {
            // The end stays what it was.
            record.expiry = expiry
            remaining = .milliseconds(max(1, expiry - self.store.milliseconds))
        }
        try await self.write(full, record, remaining)
    }

    public func get<Object: Codable & Sendable>(key: String, as type: Object.Type) async throws -> Object? {
        try await self.getWithTTL(key: key, as: type)?.object
    }

    public func getWithTTL<Object: Codable & Sendable>(
        key: String, as type: Object.Type
    ) async throws -> (object: Object, ttl: Duration?)? {
        let full = try self.store.fullKey(key)
        guard let record = try await self.store.record(full) else { return nil }
        guard let object = try? self.store.coder.decode(type, from: record.value) else { throw PersistError.invalidConversion }
        return (object, record.expiry.map { .milliseconds($0 - self.store.milliseconds) })
    }

    public func remove(key: String) async throws { try await self.store.remove(key) }

    private func record<Object: Codable & Sendable>(_ key: String, _ value: Object, _ expires: Duration?) throws -> EntryRecord {
        var record = EntryRecord(value: try self.store.encode(key) { try self.store.coder.encode(value) })
        if let expires, expires > .zero {
            let life = Int64(clamping: expires.clampedNanoseconds / 1_000_000)
            record.expiry = self.store.milliseconds.addingReportingOverflow(max(1, life)).partialValue
        }
        return record
    }

    private func write(_ key: String, _ record: EntryRecord, _ expires: Duration?) async throws {
        try await self.store.store([(key, record)], expiry: self.store.expiry(expires))
    }
}
