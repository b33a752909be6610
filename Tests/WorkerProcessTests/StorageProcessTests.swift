import Foundation
import Goridge
import KVCache
import KVEncryption
import Logging
import NIOCore
import RoadRunnerTesting
import TestSupport
import Testing

/// Tests the demo's workers with the storages of one RoadRunner.
@Suite(.timeLimit(.minutes(2))) struct StorageProcessTests {
    private struct Computed: Decodable, Hashable {
        let value: String
        let computations: Int
    }

    /// Starts several workers, as in a pool.
    private static func withWorkers<Result: Sendable>(
        _ count: Int = 3, environment: [String: String] = [:],
        _ body: ([TestWorker], TestRPCServer, String) async throws -> Result
    ) async throws -> Result {
        try await TestRPCServer.with(storages: ["cache", "vault"]) { server in
            try await withTemporaryDirectory { folder in
                let variables = ["VAULT_KEY_PATH": folder + "/var/vault.key", "KV_KEYPAIR_PATH": ""]
                    .merging(server.environment) { $1 }.merging(environment) { $1 }
                return try await Self.start(count, variables, []) { try await body($0, server, folder) }
            }
        }
    }

    private static func start<Result: Sendable>(
        _ count: Int, _ environment: [String: String], _ workers: [TestWorker],
        _ body: ([TestWorker]) async throws -> Result
    ) async throws -> Result {
        guard workers.count < count else { return try await body(workers) }
        return try await TestWorker.with(process: BuiltProducts.example("Demo"), environment: environment) { worker in
            try await Self.start(count, environment, workers + [worker], body)
        }
    }

    /// Sends the same request to all workers at the same time.
    private static func all(_ workers: [TestWorker], _ path: String) async throws -> [WorkerResponse] {
        try await withThrowingTaskGroup(of: WorkerResponse.self) { group in
            for worker in workers { group.addTask { try await worker.send(.get(path)) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func noCountIsLost() async throws {
        try await Self.withWorkers { workers, server, _ in
            var counts: Set<String> = []
            for _ in 0..<20 {
                for response in try await Self.all(workers, "/counter") {
                    #expect(response.status == 200)
                    #expect(response.head["Content-Type"].first?.hasPrefix("application/json") == true)
                    counts.insert(response.text)
                }
            }
            #expect(counts == Set((1...60).map { "{\"count\":\($0)}" }))
            let many = try await workers[0].send(.get("/many?keys=counter,missing,counter"))
            #expect(many.text == #"{"counter":60}"#)
            #expect(await !server.hasCrashed)
        }
    }

    /// Neither stored values nor clients' keys crash a worker.
    @Test func theCounterBeginsAgainAfterTheLargestNumber() async throws {
        try await Self.withWorkers(1) { workers, server, _ in
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            try await KeyValueStore.remote("cache", client: client).set(Int.max, for: "counter")
            #expect(try await workers[0].send(.get("/counter")).text == #"{"count":1}"#)
            let blank = try await workers[0].send(.get("/many?keys=%20"))
            #expect(blank.status == 400)
            #expect(try await workers[0].send(.get("/hello")).status == 200)
        }
    }

    @Test func aValueIsComputedOnceByAllWorkers() async throws {
        try await Self.withWorkers { workers, _, _ in
            let answers = try await Self.all(workers, "/cached?ms=300").map {
                try JSONDecoder().decode(Computed.self, from: Data($0.body.readableBytesView))
            }
            #expect(Set(answers).count == 1)
            #expect(answers.first?.computations == 1)
        }
    }

    @Test func theVaultIsEncrypted() async throws {
        try await Self.withWorkers(2) { workers, server, folder in
            let put = TestRequest("PUT", "http://localhost/vault/key%20one", headers: [], body: ByteBuffer(string: "topsecret ž"))
            #expect(try await workers[0].send(put).status == 204)
            // All workers have the same key, which only their user can read.
            #expect(try await workers[1].send(.get("/vault/key%20one")).text == "topsecret ž")
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/var/vault.key")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            // RoadRunner gets only encrypted values.
            let stored = await server.calls.filter { $0.method == "kv.Set" }
            #expect(stored.count == 1)
            #expect(!String(decoding: stored[0].arguments.readableBytesView, as: UTF8.self).contains("topsecret"))
            #expect(try await workers[0].send(.get("/vault/nothing")).status == 404)
            let delete = TestRequest("DELETE", "http://localhost/vault/key%20one", headers: [], body: ByteBuffer())
            #expect(try await workers[1].send(delete).status == 204)
            #expect(try await workers[0].send(.get("/vault/key%20one")).status == 404)
            for (name, body) in [
                (String(repeating: "n", count: 129), "v"), ("%20", "v"), ("%FF", "v"), ("%2", "v"), ("ok", "\u{FF}"),
            ] {
                let bytes = body == "\u{FF}" ? ByteBuffer(bytes: [0xFF, 0xFE]) : ByteBuffer(string: body)
                let bad = TestRequest("PUT", "http://localhost/vault/" + name, headers: [], body: bytes)
                #expect(try await workers[0].send(bad).status == 400, "\(name)")
            }
            // The limit counts characters, rather than bytes or escapes.
            let longest = TestRequest(
                "PUT", "http://localhost/vault/" + String(repeating: "%C5%BE", count: 128), headers: [],
                body: ByteBuffer(string: ""))
            #expect(try await workers[0].send(longest).status == 204)
        }
    }

    @Test func aValueThatDoesNotOpenIsAnErrorWithoutItsContent() async throws {
        try await Self.withWorkers(1, environment: ["APP_ENV": "dev"]) { workers, server, _ in
            let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
            try await KeyValueStore.remote("vault", client: client).set("topsecret", for: "k")
            let answer = try await workers[0].send(.get("/vault/k"))
            #expect(answer.status == 500)
            #expect(!answer.text.contains("topsecret"))
            #expect(!workers[0].standardError.contains("topsecret"))
            await client.close()
        }
    }

    /// PHP workers and Swift workers read each other's values with the same keypair.
    @Test func sealedBoxesAreSharedWithPHP() async throws {
        try await withTemporaryDirectory { folder in
            let keypair = try BoxKeypair()
            try keypair.write(to: folder + "/keypair")
            try await Self.withWorkers(1, environment: ["KV_KEYPAIR_PATH": folder + "/keypair"]) { workers, server, folder in
                let client = try RPCClient(address: server.address, logger: Logger(label: "test"))
                // Like RoadRunner's PHP client: a sealed box over the JSON.
                let php = KeyValueStore.remote("vault", client: client, coder: RawValueCoder())
                let box = SealedBoxEnvelope(keypair)
                let entry = EntryName(storage: "vault", key: "k")
                try await php.set(box.seal(ByteBuffer(string: #""from PHP""#), for: entry), for: "k")
                #expect(try await workers[0].send(.get("/vault/k")).text == "from PHP")
                let put = TestRequest("PUT", "http://localhost/vault/s", headers: [], body: ByteBuffer(string: "from Swift"))
                #expect(try await workers[0].send(put).status == 204)
                let stored = try #require(try await php.get("s", as: ByteBuffer.self))
                #expect(try box.open(stored, for: entry) == ByteBuffer(string: #""from Swift""#))
                #expect(!FileManager.default.fileExists(atPath: folder + "/var/vault.key"))
                await client.close()
            }
        }
    }

    @Test func anUnusableKeyFileFailsTheBootClearly() async throws {
        try await withTemporaryDirectory { folder in
            try Data(repeating: 1, count: 65).write(to: URL(filePath: folder + "/keypair"))
            await #expect {
                try await DemoProcess.with(environment: ["KV_KEYPAIR_PATH": folder + "/keypair"]) { _ in }
            } throws: { error in
                "\(error)".contains("BOOT FAILURE") && "\(error)".contains(folder + "/keypair") && "\(error)".contains("65 bytes")
            }
        }
    }

    @Test func aMisspeltStorageFailsTheBootClearly() async throws {
        try await TestRPCServer.with(storages: ["cache", "treasury"]) { server in
            _ = await #expect {
                try await DemoProcess.with(environment: server.environment.merging(["KV_AUTO_REGISTER": "true"]) { $1 }) { _ in }
            } throws: { error in
                "\(error)".contains("BOOT FAILURE") && "\(error)".contains("\"vault\"")
                    && "\(error)".contains("\"cache\", \"treasury\"")
            }
        }
    }

    @Test func roadRunnersRPCRestarts() async throws {
        try await Self.withWorkers(1) { workers, server, _ in
            #expect(try await workers[0].send(.get("/counter")).text == #"{"count":1}"#)
            await server.stop()
            #expect(try await workers[0].send(.get("/counter")).status == 500)
            #expect(try await workers[0].send(.get("/hello")).status == 200)
            try await server.start()
            // The next attempt to connect is at most two seconds away.
            var response = try await workers[0].send(.get("/counter"))
            let deadline = ContinuousClock.now + .seconds(20)
            while response.status != 200, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
                response = try await workers[0].send(.get("/counter"))
            }
            // RoadRunner's memory storage lost its entries.
            #expect(response.text == #"{"count":1}"#)
        }
    }
}
