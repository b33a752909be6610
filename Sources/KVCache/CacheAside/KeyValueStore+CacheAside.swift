import Goridge
public import SwiftProtobuf

extension KeyValueStore {
    /// Returns the value of a key; if there is none, computes and stores it.
    ///
    /// ```swift
    /// let report = try await cache.value(for: "report", timeToLive: .seconds(60)) { try await makeReport() }
    /// ```
    ///
    /// It is computed once, however many tasks ask at the same time: tasks of the process share the result, workers of the same
    /// RoadRunner wait for each other by its `lock` plugin. The computation runs in its own task, without the task-local values of
    /// its waiters, and is cancelled when no caller waits for it any more.
    ///
    /// After `set(_:for:timeToLive:)-(_,_,_)`, ``remove(_:)-(String)`` or ``invalidate(tag:)`` has returned, no caller gets a value
    /// whose computation started earlier in this process, and such a value is not stored. Another worker may store one over a value
    /// that was set or removed, but never one with an invalidated tag: use tags to change computed values.
    ///
    /// Callers that share a computation combine their demands: the entry gets the tags of all and the shortest lifetime. An entry
    /// that lacks a requested tag counts as missing, since the tag could not invalidate it; the new one has the tags of both.
    ///
    /// Keys share 4,096 locks, since RoadRunner keeps the names of locks for ever, so a computation sometimes waits for one of
    /// another key. A value that another computation asks for is computed once per worker: a computation that holds a lock never
    /// waits for another one.
    ///
    /// - Parameters:
    ///   - timeToLive: how long the value lives once it is stored, however long computing takes; the store's default when nil.
    ///   - tags: names by which ``invalidate(tag:)`` can invalidate the entry, at most 1,000.
    /// - Throws: what `compute` throws; ``KeyValueError/Code/deadlock`` when `compute` asks for its own value; see
    ///   ``KeyValueStore`` for the rest.
    public func value<Value: Codable & Sendable>(
        for key: String, as type: Value.Type = Value.self, timeToLive: Duration? = nil, tags: [String] = [],
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
        for key: String, as type: Value.Type = Value.self, timeToLive: Duration? = nil, tags: [String] = [],
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
