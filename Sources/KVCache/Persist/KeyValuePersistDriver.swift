public import Hummingbird

/// Hummingbird's persistence over a key-value storage: sessions, rate limiters and the like written for Hummingbird use
/// RoadRunner's storages.
///
/// ```swift
/// router.add(middleware: BrowserSessions(KeyValuePersistDriver(cache)))
/// ```
///
/// `create` is atomic by RoadRunner's lock: within one RoadRunner, and among callers that use this driver. Expiry is exact to the
/// millisecond, since it is stored beside the value.
public struct KeyValuePersistDriver: PersistDriver {
    private let store: KeyValueStore

    /// Creates a driver over a storage. Give the store a prefix when the storage also holds other entries.
    public init(_ store: KeyValueStore) { self.store = store }

    /// How long others wait when a worker dies while it creates an entry.
    private static let createLease = Duration.seconds(5)

    public func create<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        let full = try self.store.fullKey(key)
        let record = try self.record(full, value)
        let lifetime = try self.store.lifetime(expires)
        // Its holder waits for no other lock, and makes two calls.
        let lock = try await self.store.locked(
            .stripe(self.store.name, .create, full), full, lease: Self.createLease, timeout: .seconds(10))
        try await lock.hold { () async throws -> Void in
            guard try await self.store.record(full) == nil else { throw PersistError.duplicate }
            try await self.write(full, record.ending(self.end(expires)), lifetime)
        }
    }

    public func set<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        let full = try self.store.fullKey(key)
        let record = try self.record(full, value)
        if expires == nil, let expiry = try await self.store.record(full)?.expiry {
            // The expiry does not change.
            let remaining = Duration.milliseconds(max(1, expiry - self.store.milliseconds))
            try await self.write(full, record.ending(expiry), self.store.lifetime(remaining))
        } else {
            try await self.write(full, record.ending(self.end(expires)), self.store.lifetime(expires))
        }
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

    private func record<Object: Codable & Sendable>(_ key: String, _ value: Object) throws -> EntryRecord {
        EntryRecord(value: try self.store.encode(key) { try self.store.coder.encode(value) })
    }

    /// The expiry of an entry that is written now, in milliseconds since 1970.
    private func end(_ expires: Duration?) -> Int64? { expires.map { self.store.milliseconds(after: $0) } }

    private func write(_ key: String, _ record: EntryRecord, _ lifetime: EntryLifetime) async throws {
        try await self.store.replace([(key, record)], lifetime: lifetime)
    }
}
