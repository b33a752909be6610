package import Goridge
package import NIOCore
import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A storage of RoadRunner's `kv` plugin. Source: RoadRunner's documentation, "KV plugin".
package struct RemoteStorage: StorageBackend {
    private let client: RPCClient
    private let name: String
    package let driver: StorageDriver
    private let start: StorageStart?

    /// - Parameter start: for storages that RoadRunner is known to have.
    package init(client: RPCClient, name: String, driver: StorageDriver, start: StorageStart? = nil) {
        self.client = client
        self.name = name
        self.driver = driver
        self.start = start
    }

    package func get(_ keys: [String]) async throws -> [String: ByteBuffer] {
        let items = try await self.call(Methods.get, Self.items(keys))
        // An item without bytes is an entry without bytes; one that is missing is none.
        return Dictionary(items.map { ($0.key, ByteBuffer(bytes: $0.value)) }) { first, _ in first }
    }

    package func contains(_ keys: [String]) async throws -> Set<String> {
        Set(try await self.call(Methods.has, Self.items(keys)).map(\.key))
    }

    package func set(_ entries: [(key: String, value: ByteBuffer)], expiry: Date?) async throws {
        var lasting: Set<String> = []
        if expiry == nil, self.driver == .boltdb {
            // It would keep an older end, and delete the new value then.
            lasting = Set(try await self.expiries(entries.map(\.key)).keys)
        }
        let timeout = expiry.map { Expiry.text($0) } ?? ""
        let items = entries.map { entry in
            KVItem.with {
                $0.key = entry.key
                $0.value = Data(entry.value.readableBytesView)
                $0.timeout = lasting.contains(entry.key) ? Expiry.text(Expiry.never) : timeout
            }
        }
        _ = try await self.call(Methods.set, items)
    }

    package func remove(_ keys: [String]) async throws { _ = try await self.call(Methods.delete, Self.items(keys)) }

    package func expiries(_ keys: [String]) async throws -> [String: Date] {
        let items = try await self.call(Methods.ttl, Self.items(keys))
        return Dictionary(items.compactMap { item in Expiry.date(item.timeout).map { (item.key, $0) } }) { first, _ in first }
    }

    package func setExpiry(_ expiry: Date?, of key: String) async throws -> Bool {
        // RoadRunner's own call replaces values in memory, and cannot take an end away.
        let canExpire = self.driver == .boltdb || self.driver == .redis || self.driver == .memcached
        guard let expiry, canExpire else {
            guard let value = try await self.get([key])[key] else { return false }
            try await self.set([(key, value)], expiry: expiry)
            return true
        }
        guard try await self.contains([key]).contains(key) else { return false }
        let item = KVItem.with {
            $0.key = key
            $0.timeout = Expiry.text(expiry)
        }
        _ = try await self.call(Methods.expire, [item])
        return true
    }

    package func clear() async throws { _ = try await self.call(Methods.clear, []) }

    // MARK: Locks

    package func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool {
        let request = LockRequest.with {
            $0.resource = resource
            $0.id = id
            $0.ttl = Self.microseconds(holding)
            // Without one it is tried once.
            if waiting > .zero { $0.wait = Self.microseconds(waiting) }
        }
        let client = self.client
        return try await client.perform(
            Methods.lock, proto: request, as: LockResponse.self, timeout: waiting + RPCClient.defaultTimeout
        ) { late in
            // Nobody wants it any more.
            if late.ok { Task { try? await Self.release(resource, id, client) } }
        }.ok
    }

    package func unlock(_ resource: String, id: String) async throws { try await Self.release(resource, id, self.client) }

    private static func release(_ resource: String, _ id: String, _ client: RPCClient) async throws {
        let request = LockRequest.with {
            $0.resource = resource
            $0.id = id
        }
        _ = try await client.perform(Methods.release, proto: request, as: LockResponse.self)
    }

    /// Never below one: RoadRunner takes 0 for a year, and does not survive less.
    private static func microseconds(_ duration: Duration) -> Int64 {
        Int64(clamping: max(1, duration.clampedNanoseconds / 1000))
    }

    // MARK: Calls

    private enum Methods {
        static let get = RPCMethod(known: "kv.MGet")
        static let has = RPCMethod(known: "kv.Has")
        static let set = RPCMethod(known: "kv.Set")
        static let delete = RPCMethod(known: "kv.Delete")
        static let ttl = RPCMethod(known: "kv.TTL")
        static let expire = RPCMethod(known: "kv.MExpire")
        static let clear = RPCMethod(known: "kv.Clear")
        static let lock = RPCMethod(known: "lock.Lock")
        static let release = RPCMethod(known: "lock.Release")
    }

    private static func items(_ keys: [String]) -> [KVItem] { keys.map { key in KVItem.with { $0.key = key } } }

    private func call(_ method: RPCMethod, _ items: [KVItem]) async throws -> [KVItem] {
        let request = KVRequest.with {
            $0.storage = self.name
            $0.items = items
        }
        while true {
            do {
                let items = try await self.client.perform(method, proto: request, as: KVResponse.self).items
                self.start?.hasCome()
                return items
            } catch let error as RPCError where error.code == .noSuchStorage {
                guard let start = self.start, start.isAwaited else { throw error }
                try await Task.sleep(for: StorageStart.interval)
            }
        }
    }
}
