import Foundation
import Goridge
import KVCache
import Logging
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests the storages of a real RoadRunner, when `RR_BINARY` names one; redis and memcached where they are installed.
@Suite(.enabled(if: RoadRunnerServer.binary != nil, "RR_BINARY names no RoadRunner"), .serialized, .timeLimit(.minutes(4)))
struct RoadRunnerStorageTests {
    private static func check(
        _ server: RoadRunnerServer, _ name: String, _ driver: StorageDriver, isKnown: Bool
    ) async throws {
        try await server.waitUntilReady()
        let client = try RPCClient(
            address: .tcp(host: "127.0.0.1", port: server.rpcPort), logger: Logger(label: "test"))
        let store = KeyValueStore.remote(name, client: client, driver: isKnown ? driver : nil)
        try await store.clear()
        let contract = StoreContract(store: store, remembersExpiry: driver != .memcached)
        try await contract.check()
        try await contract.checkThatEntriesEnd()
        try await contract.checkLocks()
        let other = try RPCClient(
            address: .tcp(host: "127.0.0.1", port: server.rpcPort), logger: Logger(label: "test"))
        let sessions = KeyValueStore.remote(name, client: other, driver: isKnown ? driver : nil)
        try await SessionContract(KeyValuePersistDriver(store), KeyValuePersistDriver(sessions)).check()
        await other.close()
        try await contract.checkThatEntriesEndMeanwhile(keepsEntries: driver != .memory) { pause in
            try await server.restart(after: pause)
        }
        await client.close()
        #expect(await server.stop() == .exited(0))
    }

    @Test(arguments: [true, false]) func memory(_ isKnown: Bool) async throws {
        try await Self.check(RoadRunnerServer(), "cache", .memory, isKnown: isKnown)
    }

    @Test(arguments: [true, false]) func boltdb(_ isKnown: Bool) async throws {
        try await Self.check(RoadRunnerServer(), "vault", .boltdb, isKnown: isKnown)
    }

    @Test(arguments: [true, false]) func redis(_ isKnown: Bool) async throws {
        guard let redis = try StorageServer.redis() else { return }
        let section = "  other: { driver: redis, config: { addrs: [ \"127.0.0.1:\(redis.port)\" ] } }"
        try await Self.check(RoadRunnerServer(storages: [section]), "other", .redis, isKnown: isKnown)
    }

    @Test(arguments: [true, false]) func memcached(_ isKnown: Bool) async throws {
        guard let memcached = try StorageServer.memcached() else { return }
        let section = "  other: { driver: memcached, config: { addr: [ \"127.0.0.1:\(memcached.port)\" ] } }"
        try await Self.check(RoadRunnerServer(storages: [section]), "other", .memcached, isKnown: isKnown)
    }

    /// RoadRunner survives workers that clear the storage at any time.
    @Test func clearedByMany() async throws {
        let server = try RoadRunnerServer()
        try await server.waitUntilReady()
        let clients = try (0..<4).map { _ in
            try RPCClient(address: .tcp(host: "127.0.0.1", port: server.rpcPort), logger: Logger(label: "test"))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                let store = KeyValueStore.remote("cache", client: clients[number % 4], driver: number % 3 == 0 ? nil : .memory)
                group.addTask { try await store.clear() }
            }
            try await group.waitForAll()
        }
        for client in clients { await client.close() }
        #expect(await server.stop() == .exited(0))
    }

    @Test func theDemo() async throws {
        let server = try RoadRunnerServer(pool: ["num_workers: 4"])
        try await server.waitUntilReady()
        let counts = try await withThrowingTaskGroup(of: [String: Int].self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try JSONDecoder().decode([String: Int].self, from: Data(try await server.get("/counter").body.utf8))
                }
            }
            return try await group.reduce(into: Set<[String: Int]>()) { $0.insert($1) }
        }
        #expect(counts == Set((1...40).map { ["count": $0] }))
        let computed = try await withThrowingTaskGroup(of: Computed.self) { group in
            for _ in 0..<8 { group.addTask { try Computed(json: try await server.get("/cached?ms=200").body) } }
            return try await group.reduce(into: Set<Computed>()) { $0.insert($1) }
        }
        #expect(computed.count == 1)
        #expect(computed.first?.computations == 1)
        let client = try RawHTTPClient(port: server.port)
        #expect(try await client.send("PUT", "/vault/a", body: "topsecret").status == 204)
        #expect(try await server.get("/vault/a").body == "topsecret")
        let many = try JSONDecoder().decode(
            [String: Int].self, from: Data(try await server.get("/many?keys=counter,nothing").body.utf8))
        #expect(many == ["counter": 40])
        #expect(try !server.files().contains { $0.range(of: Data("topsecret".utf8)) != nil })
        #expect(try await client.send("DELETE", "/vault/a").status == 204)
        #expect(try await server.get("/vault/a").status == 404)
        #expect(await server.stop() == .exited(0))
    }
}

/// The response of `/cached`, whose fields have no order.
private struct Computed: Codable, Hashable {
    let value: String
    let computations: Int

    init(json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }
}
