package import Goridge
package import Logging
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
    private let start: StorageReadiness?
    private let now: @Sendable () -> Date
    private let locks: RemoteLocks

    /// - Parameter start: for storages that are known to exist at RoadRunner.
    package init(
        client: RPCClient, name: String, driver: StorageDriver, start: StorageReadiness? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.client = client
        self.name = name
        self.driver = driver
        self.start = start
        self.now = now
        self.locks = RemoteLocks(client: client, storage: name)
    }

    package func get(_ key: String) async throws -> ByteBuffer? {
        let request = SingleGet.request(storage: self.name, key: key)
        let response = try await self.whenReady {
            try await self.client.perform(Methods.get, codec: .proto, arguments: request, timeout: nil)
        }
        do throws(SingleGet.Malformed) {
            return try SingleGet.value(response)
        } catch {
            throw RPCError(.malformedResponse, method: Methods.get.name, "the response is not a message of the kv plugin")
        }
    }

    package func get(_ keys: [String]) async throws -> [ExactString: ByteBuffer] {
        let items = try await self.call(Methods.get, Self.items(keys))
        // An item without bytes is an empty entry; a missing item is a missing entry.
        return Dictionary(items.map { (ExactString($0.key), ByteBuffer(bytes: $0.value)) }) { first, _ in first }
    }

    package func contains(_ keys: [String]) async throws -> Set<ExactString> {
        Set(try await self.call(Methods.has, Self.items(keys)).map { ExactString($0.key) })
    }

    package func set(_ entries: [(key: String, value: ByteBuffer)], lifetime: EntryLifetime) async throws {
        var lasting: Set<ExactString> = []
        if self.driver.keepsOlderEnds, self.text(lifetime).isEmpty {
            // It would keep an older expiry, and delete the new value then.
            lasting = try await self.keysWithEnd(entries.map(\.key))
        }
        let items = entries.map { entry in
            KVItem.with {
                $0.key = entry.key
                $0.value = Data(entry.value.readableBytesView)
                if lasting.contains(ExactString(entry.key)) { $0.timeout = Expiry.text(Expiry.never) }
            }
        }
        _ = try await self.call(Methods.set, items, ending: lifetime)
    }

    private func keysWithEnd(_ keys: [String]) async throws -> Set<ExactString> {
        do {
            return Set(try await self.expiries(keys).keys)
        } catch let error as RPCError where error.code == .unsupported {
            // Memcached cannot report expiry, and keeps no older one.
            return []
        }
    }

    package func remove(_ keys: [String]) async throws { _ = try await self.call(Methods.delete, Self.items(keys)) }

    package func expiries(_ keys: [String]) async throws -> [ExactString: Date] {
        let items = try await self.call(Methods.ttl, Self.items(keys))
        let now = self.now()
        let ends = items.compactMap { item in Expiry.date(item.timeout).map { (ExactString(item.key), $0) } }
        return Dictionary(ends.filter { !Expiry.isNever($0.1, now: now) }) { first, _ in first }
    }

    package func setLifetime(_ lifetime: EntryLifetime, of key: String, holding value: ByteBuffer) async throws -> Bool {
        // RoadRunner's own call cannot remove an expiry.
        if self.driver.canExpire, !self.text(lifetime).isEmpty {
            _ = try await self.call(Methods.expire, Self.items([key]), ending: lifetime)
        } else {
            try await self.set([(key, value)], lifetime: lifetime)
        }
        return true
    }

    package func clear() async throws {
        guard self.driver.mustBeClearedAlone else {
            _ = try await self.call(Methods.clear, [])
            return
        }
        try await self.locks.alone { _ = try await self.call(Methods.clear, []) }
    }

    // MARK: Locks

    package var logger: Logger { self.client.currentLogger }

    package var lockDomain: ObjectIdentifier { ObjectIdentifier(self.client) }

    package func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool {
        try await self.locks.lock(resource, id: id, holding: holding, waiting: waiting)
    }

    package func renew(_ resource: String, id: String, holding: Duration) async throws -> Bool {
        try await self.locks.renew(resource, id: id, holding: holding)
    }

    package func unlock(_ resource: String, id: String, endingAt end: ContinuousClock.Instant) async {
        await self.locks.unlock(resource, id: id, endingAt: end)
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
    }

    private static func items(_ keys: [String]) -> [KVItem] { keys.map { key in KVItem.with { $0.key = key } } }

    /// The expiry in RoadRunner's format, if it is sent now; empty for never.
    private func text(_ lifetime: EntryLifetime) -> String {
        guard let end = lifetime.end(now: self.now()), end.timeIntervalSince1970 <= self.driver.lastSecond else { return "" }
        return Expiry.text(end)
    }

    private func call(_ method: RPCMethod, _ items: [KVItem], ending lifetime: EntryLifetime = .unlimited) async throws
        -> [KVItem]
    {
        let request = KVRequest.with {
            $0.storage = self.name
            $0.items = items
        }
        return try await self.whenReady { try await self.send(method, request, lifetime) }.items
    }

    /// Calls RoadRunner, and retries while it may still open the storage.
    private func whenReady<Response>(_ call: () async throws -> Response) async throws -> Response {
        while true {
            do {
                let response = try await call()
                self.start?.markReady()
                return response
            } catch let error as RPCError where error.code == .noSuchStorage {
                guard let start = self.start, start.isPending else { throw error }
                try await Task.sleep(for: StorageReadiness.interval)
            }
        }
    }

    private func send(_ method: RPCMethod, _ request: KVRequest, _ lifetime: EntryLifetime) async throws -> KVResponse {
        guard lifetime != .unlimited else { return try await self.client.perform(method, proto: request) }
        return try await self.client.perform(
            method,
            timedProto: {
                let timeout = self.text(lifetime)
                var request = request
                for index in request.items.indices where request.items[index].timeout.isEmpty {
                    request.items[index].timeout = timeout
                }
                return request
            })
    }
}
