package import Hummingbird
import Logging
import RoadRunnerRuntime

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Stores sessions, and coordinates concurrent requests of one session.
///
/// * The *record* has the values, and lives until the absolute timeout. Only a request that changes the session writes it:
///   extending it would overwrite values that another request may just have replaced.
/// * The *seen* entry has the time of the last use. A request that only reads writes it, once in a tenth of the idle timeout.
/// * The *ended* entry is written once, when the session is destroyed or gets another id, and outlives every record that a
///   request still writes. Every load reads it, so such a record revives nothing. It is never replaced, so no driver loses it
///   meanwhile.
///
/// A missing entry proves nothing: RoadRunner's memory driver deletes an entry before it replaces it. Missing ones are read
/// twice.
package final class SessionStorage: Sendable {
    /// A session that is alive.
    struct Live: Sendable {
        let id: String
        fileprivate let keys: SessionKeys
        let record: SessionRecord
        /// Whether its use must be recorded.
        let isUnseen: Bool
    }

    private struct Mark: Codable, Sendable { var at: Int }

    /// How much longer than the session its end is remembered, in seconds: the clocks of several machines differ.
    private static let margin = 600
    /// The shortest lifetime that drivers support, in seconds.
    private static let shortestLife = 2

    private let driver: any PersistDriver
    private let prefix: String
    private let idle: Int
    private let absolute: Int
    private let clock: @Sendable () -> Int

    /// - Parameter clock: returns the seconds since 1970.
    package init(
        _ driver: any PersistDriver, options: SessionOptions,
        clock: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }
    ) {
        self.driver = driver
        self.prefix = options.keyPrefix
        self.absolute = SessionOptions.seconds(options.absoluteTimeout)
        self.idle = min(SessionOptions.seconds(options.idleTimeout), self.absolute)
        self.clock = clock
    }

    func makeRecord() -> SessionRecord {
        let now = self.clock()
        return SessionRecord(created: now, end: now.addingClamped(self.absolute), changed: now)
    }

    /// The time until the session ends, in seconds, which the browser must keep the cookie for.
    func remaining(_ record: SessionRecord) -> Int { max(0, self.end(record).subtractingClamped(self.clock())) }

    /// - Returns: nil when there is no such session, when it has ended, or when it cannot be read.
    func load(_ id: String, _ logger: Logger) async throws -> Live? {
        let keys = SessionKeys(id, prefix: self.prefix)
        async let mark = self.isEnded(keys)
        async let first = self.record(keys)
        do {
            let (isEnded, found) = try await (mark, first)
            guard !isEnded else { return nil }
            var record = found
            if record == nil { record = try await self.record(keys) }
            guard let record else { return nil }
            return try await self.live(id, keys, record)
        } catch let error where Self.isUnreadable(error) {
            let reason = error is DecodingError ? "\(type(of: error))" : "\(error)"
            logger.notice("cannot read a stored session, starting a new one: \(reason)")
            return nil
        }
    }

    private func live(_ id: String, _ keys: SessionKeys, _ record: SessionRecord) async throws -> Live? {
        let now = self.clock()
        guard now < self.end(record) else { return nil }
        let interval = max(1, self.idle / 10)
        let age = now.subtractingClamped(record.changed)
        // After a recent change the second entry need not be read.
        guard age >= interval else { return Live(id: id, keys: keys, record: record, isUnseen: false) }
        var seen = try await self.seen(keys)
        if seen == nil, age >= self.idle { seen = try await self.seen(keys) }
        let pause = min(age, seen.map { now.subtractingClamped($0) } ?? age)
        guard pause < self.idle else { return nil }
        return Live(id: id, keys: keys, record: record, isUnseen: pause >= interval)
    }

    /// Records that the session is used.
    func touch(_ session: Live) async throws {
        let life = min(self.idle, self.remaining(session.record))
        try await self.driver.set(
            key: session.keys.seen, value: Mark(at: self.clock()), expires: .seconds(max(Self.shortestLife, life)))
    }

    /// Stores a session under a new id.
    func create(_ id: String, _ record: SessionRecord) async throws {
        try await self.write(SessionKeys(id, prefix: self.prefix), record)
    }

    /// Stores the changes of a session.
    ///
    /// - Returns: false when the session has ended meanwhile. No record of it is left then.
    func update(_ session: Live, _ record: SessionRecord) async throws -> Bool {
        try await self.write(session.keys, record)
        // Checked after writing: a request that ends it writes the entry first and then removes the record, so one of the two
        // removes this one.
        guard try await self.isEnded(session.keys) else { return true }
        try await self.driver.remove(key: session.keys.record)
        return false
    }

    /// Ends a session permanently.
    ///
    /// - Returns: false when another request has ended it before.
    @discardableResult
    func end(_ session: Live) async throws -> Bool {
        let keys = session.keys
        let life = max(Self.shortestLife, self.remaining(session.record)) + Self.margin
        let isFirst: Bool
        do {
            // When several requests end it, one succeeds.
            try await self.driver.create(key: keys.ended, value: Mark(at: self.clock()), expires: .seconds(life))
            isFirst = true
        } catch let error where error as? PersistError == .duplicate || Self.isUnreadable(error) {
            isFirst = false
        }
        try await self.driver.remove(key: keys.record)
        return isFirst
    }

    // MARK: Entries

    private func write(_ keys: SessionKeys, _ record: SessionRecord) async throws {
        var record = record
        record.changed = self.clock()
        let life = max(Self.shortestLife, self.remaining(record))
        try await self.driver.set(key: keys.record, value: record, expires: .seconds(life))
    }

    private func record(_ keys: SessionKeys) async throws -> SessionRecord? {
        try await self.driver.get(key: keys.record, as: SessionRecord.self)
    }

    private func seen(_ keys: SessionKeys) async throws -> Int? {
        do {
            return try await self.driver.get(key: keys.seen, as: Mark.self)?.at
        } catch let error where Self.isUnreadable(error) {
            return nil
        }
    }

    private func isEnded(_ keys: SessionKeys) async throws -> Bool {
        do {
            return try await self.driver.get(key: keys.ended, as: Mark.self) != nil
        } catch let error where Self.isUnreadable(error) {
            return true
        }
    }

    /// An absolute timeout that was shortened applies to existing sessions, too.
    private func end(_ record: SessionRecord) -> Int { min(record.end, record.created.addingClamped(self.absolute)) }

    private static func isUnreadable(_ error: any Error) -> Bool {
        error as? PersistError == .invalidConversion || error is DecodingError
            || (error as? any UnreadableEntryError)?.isUnreadable == true
    }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    fileprivate func subtractingClamped(_ other: Int) -> Int {
        let (difference, overflow) = self.subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}
