import Goridge
import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A storage of RoadRunner's `memory` driver, including its oddities. Source: recordings of RoadRunner v2025.1.15.
struct MemoryDriver {
    /// The text of RoadRunner's ERROR frame, without the prefix of the method.
    struct Failure: Error {
        let text: String
    }

    /// A call that crashes RoadRunner.
    struct Crash: Error {}

    private struct Entry {
        var value: Data
        /// The timeout as the caller sent it; `MExpire` does not update it.
        var timeout: String
        /// The expiry in monotonic nanoseconds.
        var deadline: UInt64?
    }

    private var entries: [ExactString: Entry] = [:]

    mutating func set(_ items: [KVItem]) throws {
        // Items before an invalid one have been stored.
        for item in items {
            // The previous entry is gone even if the new one's time is invalid.
            self.entries[ExactString(item.key)] = nil
            var entry = Entry(value: item.value, timeout: item.timeout, deadline: nil)
            if !item.timeout.isEmpty {
                let seconds = try Self.seconds(until: item.timeout)
                // Entries with a time to live below one second never expire.
                if seconds > 0 { entry.deadline = Self.deadline(in: seconds) }
            }
            self.entries[ExactString(item.key)] = entry
        }
    }

    mutating func has(_ items: [KVItem]) throws -> [KVItem] {
        try self.existing(items, "has") { item, _ in .with { $0.key = item.key } }
    }

    mutating func get(_ items: [KVItem]) throws -> [KVItem] {
        try self.existing(items, "mget") { item, entry in
            .with {
                $0.key = item.key
                $0.value = entry.value
            }
        }
    }

    mutating func timeToLive(_ items: [KVItem]) throws -> [KVItem] {
        try self.existing(items, "ttl") { item, entry in
            .with {
                $0.key = item.key
                $0.timeout = entry.timeout
            }
        }
    }

    mutating func expire(_ items: [KVItem]) throws {
        for item in items {
            let seconds = try Self.seconds(until: item.timeout)
            guard seconds > 0 else { throw Crash() }
            let deadline = Self.deadline(in: seconds)
            if var entry = self.entry(item.key), entry.deadline != nil {
                entry.deadline = deadline
                self.entries[ExactString(item.key)] = entry
            } else {
                // The entry is replaced by the call's item, whose value usually is empty.
                self.entries[ExactString(item.key)] = Entry(value: item.value, timeout: item.timeout, deadline: deadline)
            }
        }
    }

    mutating func remove(_ items: [KVItem]) throws {
        try Self.checkKeys(items, "delete")
        for item in items { self.entries[ExactString(item.key)] = nil }
    }

    mutating func clear() { self.entries.removeAll() }

    private mutating func existing(
        _ items: [KVItem], _ operation: String, _ answer: (KVItem, Entry) -> KVItem
    ) throws -> [KVItem] {
        try Self.checkKeys(items, operation)
        var seen: Set<ExactString> = []
        return items.filter { seen.insert(ExactString($0.key)).inserted }.compactMap { item in
            self.entry(item.key).map { answer(item, $0) }
        }
    }

    private mutating func entry(_ key: String) -> Entry? {
        let key = ExactString(key)
        guard let entry = self.entries[key] else { return nil }
        if let deadline = entry.deadline, deadline <= SystemCall.monotonicNanoseconds() {
            self.entries[key] = nil
            return nil
        }
        return entry
    }

    private static func checkKeys(_ items: [KVItem], _ operation: String) throws {
        guard items.allSatisfy({ $0.key.contains { !$0.isWhitespace } }) else {
            throw Failure(text: "key can't be empty string:\n\tin_memory_plugin_\(operation)")
        }
    }

    /// Whole seconds, truncated rather than rounded.
    private static func seconds(until timeout: String) throws -> Int {
        guard let date = RFC3339.date(timeout) else {
            throw Failure(text: "parsing time \"\(timeout)\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\(timeout)\"")
        }
        return Int(date.timeIntervalSinceNow.rounded(.towardZero))
    }

    private static func deadline(in seconds: Int) -> UInt64 {
        // Go's durations end at 292 years.
        SystemCall.monotonicNanoseconds() + min(UInt64(clamping: seconds), 9_223_372_036) * 1_000_000_000
    }
}
