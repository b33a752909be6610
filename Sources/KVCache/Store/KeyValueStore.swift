public import Goridge
import NIOCore

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A key-value storage of RoadRunner's, or one in this process with the same behaviour.
///
/// ```swift
/// let cache = try await boot.keyValueStore("cache")
/// try await cache.set(User(id: 7), for: "user:7", timeToLive: .seconds(60))
/// let user = try await cache.get("user:7", as: User.self)
/// ```
///
/// Calls share the process's one connection and do not wait for each other: several at once, as by `async let`, take little longer
/// than one.
///
/// A *time to live* begins when the value is written. It must be positive, and is rounded up to RoadRunner's whole seconds, at
/// least two. Memcached stores entries that expire after January 2038 without expiry, since it cannot represent the time. Keys are
/// bytes, as they are for RoadRunner: different encodings of one letter are different keys. They must not be blank; memcached
/// accepts up to 250 bytes without spaces, boltdb up to 32,768 bytes, others up to 65,535.
///
/// Besides ``KeyValueError``, operations throw `RPCError` when RoadRunner cannot be reached or refuses, and `CancellationError`.
///
/// Source: RoadRunner's documentation, "KV plugin".
public struct KeyValueStore: Sendable {
    /// The storage's name: a key of the section `kv` of `.rr.yaml`.
    public let name: String
    /// The prefix of all keys of this store, so that several stores can share a storage.
    public var prefix: String
    /// How long entries live by default; nil for ever.
    public var timeToLive: Duration?
    /// Encodes values.
    public var coder: any ValueCoder
    /// Encrypts encoded values; nil leaves them as they are.
    public var envelope: (any ValueEnvelope)?

    let backend: any StorageBackend
    let flights: SingleFlight
    let now: @Sendable () -> Date

    init(
        name: String, prefix: String, timeToLive: Duration?, coder: any ValueCoder, envelope: (any ValueEnvelope)?,
        backend: any StorageBackend, flights: SingleFlight, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.name = name
        self.prefix = prefix
        self.timeToLive = timeToLive
        self.coder = coder
        self.envelope = envelope
        self.backend = backend
        self.flights = flights
        self.now = now
    }

    /// Creates a store in this process: for tests, and for programs without RoadRunner. When full, it evicts the least recently
    /// used entry.
    ///
    /// - Parameters:
    ///   - maximumEntries: the maximum number of entries, by default 100,000.
    ///   - maximumBytes: the maximum size of all keys and values, by default 64 MiB.
    public static func inMemory(
        _ name: String = "memory", prefix: String = "", timeToLive: Duration? = nil, coder: any ValueCoder = JSONValueCoder(),
        envelope: (any ValueEnvelope)? = nil, maximumEntries: Int = 100_000, maximumBytes: Int = 64 * 1024 * 1024
    ) -> KeyValueStore {
        Self.inMemory(
            name, prefix: prefix, timeToLive: timeToLive, coder: coder, envelope: envelope, maximumEntries: maximumEntries,
            maximumBytes: maximumBytes, now: { Date() })
    }

    package static func inMemory(
        _ name: String, prefix: String = "", timeToLive: Duration? = nil, coder: any ValueCoder = JSONValueCoder(),
        envelope: (any ValueEnvelope)? = nil, maximumEntries: Int = 100_000, maximumBytes: Int = 64 * 1024 * 1024,
        now: @escaping @Sendable () -> Date
    ) -> KeyValueStore {
        KeyValueStore(
            name: name, prefix: prefix, timeToLive: timeToLive, coder: coder, envelope: envelope,
            backend: MemoryStorage(maximumEntries: maximumEntries, maximumBytes: maximumBytes, now: now),
            flights: SingleFlight(), now: now)
    }

    /// Creates a store over RoadRunner's storage that `client` reaches, without asking for its configuration: for programs without
    /// a kernel.
    ///
    /// - Parameter driver: the driver in `.rr.yaml`; nil when it is not known, which costs some calls.
    public static func remote(
        _ name: String, client: RPCClient, driver: StorageDriver? = nil, prefix: String = "", timeToLive: Duration? = nil,
        coder: any ValueCoder = JSONValueCoder(), envelope: (any ValueEnvelope)? = nil
    ) -> KeyValueStore {
        Self.remote(
            name, client: client, driver: driver ?? .unknown, prefix: prefix, timeToLive: timeToLive, coder: coder,
            envelope: envelope, now: { Date() })
    }

    package static func remote(
        _ name: String, client: RPCClient, driver: StorageDriver, prefix: String = "", timeToLive: Duration? = nil,
        coder: any ValueCoder = JSONValueCoder(), envelope: (any ValueEnvelope)? = nil, now: @escaping @Sendable () -> Date
    ) -> KeyValueStore {
        KeyValueStore(
            name: name, prefix: prefix, timeToLive: timeToLive, coder: coder, envelope: envelope,
            backend: RemoteStorage(client: client, name: name, driver: driver, now: now),
            flights: SingleFlight.shared(by: client, name), now: now)
    }

    /// The driver, if RoadRunner's configuration is known.
    public var driver: StorageDriver { self.backend.driver }

    // MARK: Keys and times

    func fullKey(_ key: String) throws -> String {
        let full = self.prefix + key
        if let objection = key.isEmpty ? "a key must not be blank" : self.driver.objection(to: full) {
            throw KeyValueError(.invalidKey, storage: self.name, key: full, objection)
        }
        return full
    }

    /// The distinct keys with the prefix.
    func fullKeys(_ keys: some Collection<String>) throws -> [(key: String, full: String)] {
        var seen: Set<ExactString> = []
        return try keys.filter { seen.insert(ExactString($0)).inserted }.map { ($0, try self.fullKey($0)) }
    }

    /// - Parameter timeToLive: nil for the store's default.
    func lifetime(_ timeToLive: Duration?) throws -> EntryLifetime {
        guard let timeToLive = timeToLive ?? self.timeToLive else { return .unlimited }
        guard Expiry.date(after: timeToLive, now: self.now()) != nil else {
            throw KeyValueError(
                .invalidTimeToLive, storage: self.name,
                "a time to live must be positive and end before the year 10000; it is \(timeToLive). Use remove to delete one")
        }
        return .limited(timeToLive)
    }

    // MARK: Records

    /// Opens the stored records. Expired ones, and those with an invalidated tag, are omitted.
    func records(_ keys: [String]) async throws -> [ExactString: EntryRecord] {
        guard !keys.isEmpty else { return [:] }
        var records: [ExactString: EntryRecord] = [:]
        for (key, stored) in try await self.backend.get(keys) { records[key] = try self.live(self.open(stored, key.text)) }
        return try await self.withoutInvalidated(records)
    }

    func record(_ key: String) async throws -> EntryRecord? {
        guard let stored = try await self.backend.get(key), let record = self.live(try self.open(stored, key)) else { return nil }
        guard !record.tags.isEmpty else { return record }
        return try await self.withoutInvalidated([ExactString(key): record]).values.first
    }

    /// - Returns: nil when its own expiry has passed.
    func live(_ record: EntryRecord) -> EntryRecord? {
        record.expiry.map { $0 > self.milliseconds } ?? true ? record : nil
    }

    /// Stores records in place of the present ones, and of those being computed.
    func replace(_ records: [(key: String, record: EntryRecord)], lifetime: EntryLifetime) async throws {
        guard !records.isEmpty else { return }
        try await self.flights.change(.keys(Set(records.map { ExactString($0.key) }))) {
            try await self.store(records, lifetime: lifetime)
        }
    }

    func store(_ records: [(key: String, record: EntryRecord)], lifetime: EntryLifetime) async throws {
        guard !records.isEmpty else { return }
        let end = self.driver.forgetsEnds ? lifetime.end(now: self.now()) : nil
        var entries: [(key: String, value: ByteBuffer)] = []
        for (key, record) in records {
            var record = record
            if record.expiry == nil { record.expiry = end.map { Expiry.milliseconds($0) } }
            entries.append((key, try self.seal(record.stored, key)))
        }
        try await self.backend.set(entries, lifetime: lifetime)
    }

    func seal(_ bytes: ByteBuffer, _ key: String) throws -> ByteBuffer {
        guard let envelope = self.envelope else { return bytes }
        return try envelope.seal(bytes, for: EntryName(storage: self.name, key: key))
    }

    func open(_ stored: ByteBuffer, _ key: String) throws -> EntryRecord {
        var stored = stored
        if let envelope = self.envelope {
            do {
                stored = try envelope.open(stored, for: EntryName(storage: self.name, key: key))
            } catch {
                throw KeyValueError(
                    .cannotOpen, storage: self.name, key: key, "the stored value cannot be opened: \(error)", underlying: error)
            }
        }
        do throws(EntryRecord.Malformed) {
            return try EntryRecord(stored: stored)
        } catch {
            throw KeyValueError(.malformedEntry, storage: self.name, key: key, "the stored value is damaged (\(error))")
        }
    }

    /// The present time in milliseconds since 1970.
    var milliseconds: Int64 { Expiry.milliseconds(self.now()) }

    /// The time after `duration` from now, in milliseconds since 1970.
    func milliseconds(after duration: Duration) -> Int64 {
        let length = max(1, Int64(clamping: duration.clampedNanoseconds / 1_000_000))
        return self.milliseconds.addingReportingOverflow(length).partialValue
    }
}
