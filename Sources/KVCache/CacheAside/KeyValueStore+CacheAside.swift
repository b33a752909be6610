import Goridge
public import SwiftProtobuf

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
    /// Who asks after `set(_:for:expiresIn:)-(_,_,_)`, ``remove(_:)-(String)`` or ``invalidate(tag:)`` has returned never gets what this
    /// process began to compute before, and it is not stored. Another worker may store such a value over what was set or removed, but
    /// never one with a tag that was invalidated: change what is computed by its tags.
    ///
    /// What all who share a computation want is what counts: the entry gets the tags of all, and the shortest life. An entry without one
    /// of the tags counts as none, since the tag could not end it; the new one has the tags of both.
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
            store: self, key: self.fullKey(key), timeToLive: timeToLive, tags: Set(tags.map { ExactString($0) }),
            options: options,
            encode: { try self.coder.encode($0) }, decode: { try self.coder.decode(type, from: $0) }, compute: compute
        ).value()
    }

    /// Returns a protobuf message, computing and storing it where it is missing.
    public func value<Value: Message>(
        for key: String, as type: Value.Type = Value.self, expiresIn timeToLive: Duration? = nil, tags: [String] = [],
        options: CacheOptions = CacheOptions(), compute: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await CachedValue(
            store: self, key: self.fullKey(key), timeToLive: timeToLive, tags: Set(tags.map { ExactString($0) }),
            options: options,
            encode: { try self.coder.encode(message: $0) }, decode: { try self.coder.decode(message: type, from: $0) },
            compute: compute
        ).value()
    }
}
