import Foundation
import Goridge
import KVCache
import Logging
import RoadRunnerTesting
import Synchronization

/// The kinds of storages, which must behave alike.
enum StoreKind: String, CaseIterable, Sendable {
    case inMemory, testServer

    func with<Result>(_ body: (KeyValueStore) async throws -> Result) async throws -> Result {
        switch self {
        case .inMemory:
            return try await body(.inMemory("cache"))
        case .testServer:
            return try await withServerStore { store, _ in try await body(store) }
        }
    }
}

func withServerStore<Result>(
    driver: StorageDriver = .memory, envelope: (any ValueEnvelope)? = nil, logger: Logger = Logger(label: "test"),
    now: @escaping @Sendable () -> Date = { Date() }, _ body: (KeyValueStore, TestRPCServer) async throws -> Result
) async throws -> Result {
    try await TestRPCServer.with(storages: ["cache"]) { server in
        var settings = RPCSettings()
        // Stopped servers restart.
        settings.initialConnectTimeout = .seconds(30)
        let client = RPCClient(
            address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: logger, ownsLoop: true, settings: settings)
        let store = KeyValueStore.remote("cache", client: client, driver: driver, envelope: envelope, now: now)
        let result = try await body(store, server)
        await client.close()
        return result
    }
}

/// A clock that the test advances.
final class TestClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_700_000_000))
    var now: @Sendable () -> Date { { self.time.withLock { $0 } } }
    func advance(_ seconds: Double) { self.time.withLock { $0 += seconds } }
}

/// Creates two stores that share only RoadRunner, as in two workers.
func withTwoWorkers<Result>(
    _ body: (KeyValueStore, KeyValueStore, TestRPCServer) async throws -> Result
) async throws -> Result {
    try await withServerStore { left, server async throws in
        let client = RPCClient(
            address: server.address, loop: try PollEventLoop(name: "rr-rpc"), logger: .init(label: "test"), ownsLoop: true)
        let result = try await body(left, .remote("cache", client: client, driver: .memory), server)
        await client.close()
        return result
    }
}

struct User: Codable, Sendable, Equatable {
    var name: String
    var age: Int
    var joined: Date?
}

func keyValueCode(_ body: () async throws -> Void) async -> KeyValueError.Code? {
    do { try await body() } catch { return (error as? KeyValueError)?.code }
    return nil
}
