import Goridge
import NIOCore
public import SwiftProtobuf

extension KeyValueStore {
    // MARK: Codable values

    /// Returns the value of a key.
    ///
    /// - Returns: nil when there is none.
    /// - Throws: ``KeyValueError/Code/undecodable`` when the stored value is of another type; see ``KeyValueStore`` for the rest.
    public func get<Value: Codable & Sendable>(_ key: String, as type: Value.Type = Value.self) async throws -> Value? {
        let full = try self.fullKey(key)
        guard let record = try await self.record(full) else { return nil }
        return try self.decode(full) { try self.coder.decode(type, from: record.value) }
    }

    /// Returns the values of several keys, by one call.
    ///
    /// - Returns: the values of those keys that exist.
    /// - Throws: ``KeyValueError/Code/invalidKey`` for different keys that are equal as Swift strings, since `String` ignores how a
    ///   letter is encoded.
    public func get<Value: Codable & Sendable>(
        _ keys: some Collection<String>, as type: Value.Type = Value.self
    ) async throws -> [String: Value] {
        try await self.values(keys) { try self.coder.decode(type, from: $0.value) }
    }

    /// Stores a value.
    ///
    /// - Parameter timeToLive: how long it lives; the store's default when nil.
    public func set(_ value: some Codable & Sendable, for key: String, timeToLive: Duration? = nil) async throws {
        try await self.store([key: value], timeToLive) { try self.coder.encode($0) }
    }

    /// Stores several values, by one call. When RoadRunner refuses one of them, others may already be stored.
    ///
    /// - Parameter timeToLive: how long they live; the store's default when nil.
    public func set(_ values: [String: some Codable & Sendable], timeToLive: Duration? = nil) async throws {
        try await self.store(values, timeToLive) { try self.coder.encode($0) }
    }

    // MARK: Protobuf messages

    /// Returns the message of a key. See the method for `Codable` values.
    public func get<Value: Message>(_ key: String, as type: Value.Type = Value.self) async throws -> Value? {
        let full = try self.fullKey(key)
        guard let record = try await self.record(full) else { return nil }
        return try self.decode(full) { try self.coder.decode(message: type, from: record.value) }
    }

    /// Returns the messages of several keys, by one call.
    public func get<Value: Message>(
        _ keys: some Collection<String>, as type: Value.Type = Value.self
    ) async throws -> [String: Value] {
        try await self.values(keys) { try self.coder.decode(message: type, from: $0.value) }
    }

    /// Stores a message.
    public func set(_ value: some Message, for key: String, timeToLive: Duration? = nil) async throws {
        try await self.store([key: value], timeToLive) { try self.coder.encode(message: $0) }
    }

    /// Stores several messages, by one call.
    public func set(_ values: [String: some Message], timeToLive: Duration? = nil) async throws {
        try await self.store(values, timeToLive) { try self.coder.encode(message: $0) }
    }

    // MARK: Both

    private func values<Value>(
        _ keys: some Collection<String>, _ decode: (EntryRecord) throws -> Value
    ) async throws -> [String: Value] {
        let keys = try self.fullKeys(keys)
        var spellings: Set<String> = []
        if let (_, twin) = keys.first(where: { !spellings.insert($0.key).inserted }) {
            throw KeyValueError(
                .invalidKey, storage: self.name, key: twin,
                "another one of the keys is different, but equal as a Swift string, and a dictionary can hold only one of them: "
                    + "ask for them one by one")
        }
        let records = try await self.records(keys.map(\.full))
        var values: [String: Value] = [:]
        for (key, full) in keys {
            if let record = records[ExactString(full)] { values[key] = try self.decode(full) { try decode(record) } }
        }
        return values
    }

    private func store<Value>(
        _ values: [String: Value], _ timeToLive: Duration?, _ encode: (Value) throws -> ByteBuffer
    ) async throws {
        var records: [(key: String, record: EntryRecord)] = []
        for (key, value) in values {
            let full = try self.fullKey(key)
            records.append((full, try self.encode(full) { EntryRecord(value: try encode(value)) }))
        }
        try await self.replace(records, lifetime: self.lifetime(timeToLive))
    }

    func decode<Value>(_ key: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw KeyValueError(
                .undecodable, storage: self.name, key: key,
                "the stored value is not a \(Value.self) encoded by \(type(of: self.coder)) (\(Self.safe(error)))",
                underlying: error
            )
        }
    }

    func encode<Value>(_ key: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw KeyValueError(
                .unencodable, storage: self.name, key: key,
                "\(type(of: self.coder)) cannot encode the value (\(Self.safe(error)))",
                underlying: error)
        }
    }

    /// Descriptions of other errors may quote the value.
    private static func safe(_ error: any Error) -> String {
        (error as? ValueCoderError).map { "\($0)" } ?? "\(type(of: error))"
    }
}
