import Configuration
import Foundation
import Goridge
import HTTPWorker
import Hummingbird
import Logging
import RoadRunnerConfiguration
import RoadRunnerRuntime
import RoadRunnerTesting
import TestSupport
import Testing

@testable import KVCache

/// Tests how kernels create their stores.
@Suite(.timeLimit(.minutes(1))) struct KernelStoreTests {
    private static func boot(
        _ environment: [String: String], isPoolWorker: Bool = true, reader: (any ServerConfigurationReader)? = nil,
        logger: Logger = Logger(label: "test")
    ) throws -> BootContext {
        let configuration = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment))
        var options = RuntimeOptions()
        options.configurationReader = reader
        options = try options.overlaid(by: configuration)
        return LaunchContext(
            options: options, configuration: configuration, logger: logger,
            relay: RelayEnvironment(mode: isPoolWorker ? .http : nil), standardStreams: nil
        ).bootContext(mode: .http)
    }

    /// An address at which no server listens.
    private static let nobody = ["RR_RPC": "unix:///tmp/rr-nobody-\(UUID().uuidString.prefix(8)).sock"]

    private static func withFile<Result>(_ text: String, _ body: (String) async throws -> Result) async throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "rr-\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await body(file.path())
    }

    @Test func namesComeFromRoadRunner() async throws {
        try await TestRPCServer.with(storages: ["cache", "vault"]) { server in
            let boot = try Self.boot(server.environment)
            let cache = try await boot.keyValueStore("cache", prefix: "p:")
            #expect(cache.driver == .memory)
            try await cache.set(1, for: "k")
            #expect(try await cache.get("k", as: Int.self) == 1)
            do {
                _ = try await boot.keyValueStore("cahce")
                Issue.record("the storage does not exist")
            } catch let error as KeyValueError {
                #expect(error.code == .unknownStorage)
                #expect(error.description.contains("\"cahce\""))
                #expect(error.description.contains("\"cache\", \"vault\""))
            }
            let calls = await server.calls
            #expect(calls.map(\.method) == ["rpc.Config", "kv.Set", "kv.MGet", "rpc.Config"])
            await boot.process.close()
        }
        try await TestRPCServer.with(storages: []) { server in
            let boot = try Self.boot(server.environment)
            do {
                _ = try await boot.keyValueStore("cache")
            } catch let error as KeyValueError {
                #expect(error.description.contains("no key-value storages"))
            }
            await boot.process.close()
        }
    }

    /// RoadRunner opens its storages while its workers boot.
    @Test func storesWaitForAStorageThatOpensLate() async throws {
        try await TestRPCServer.with(storages: ["cache"]) { server in
            let boot = try Self.boot(server.environment)
            let store = try await boot.keyValueStore("cache")
            let tries = Counter()
            await server.respond { call in
                call.method == "kv.Set" && tries.next() <= 3 ? .error("rpc_set: no such storage: cache") : .answer
            }
            try await store.set(1, for: "k")
            #expect(tries.value == 4)
            // Once the storage has opened, stores no longer wait for it.
            await server.respond { _ in .error("rpc_set: no such storage: cache") }
            await #expect(throws: RPCError.self) { try await store.set(1, for: "k") }
            await boot.process.close()
        }
    }

    @Test func namesComeFromTheFileWhereRoadRunnerIsDown() async throws {
        let yaml = """
            version: "3"
            kv:
              cache: { driver: "${DRIVER:-memory}", config: {} }
              vault:
                driver: boltdb
              nothing:
              text: memory
              nodriver: { config: {} }
              number: { driver: 7 }
            """
        try await Self.withFile(yaml) { path in
            let boot = try Self.boot(
                Self.nobody.merging(["RR_CONFIG_PATH": path]) { $1 }, reader: YAMLConfigurationReader())
            #expect(try await boot.keyValueStore("cache").driver == .memory)
            #expect(try await boot.keyValueStore("vault").driver == .boltdb)
            for name in ["nothing", "text", "nodriver", "number", "other"] {
                do {
                    _ = try await boot.keyValueStore(name)
                    Issue.record("\(name) is not a storage")
                } catch let error as KeyValueError {
                    #expect(error.code == .unknownStorage)
                    #expect(error.description.contains("\"cache\", \"vault\""))
                }
            }
            // The storage itself is unreachable, which only its use shows.
            await #expect(throws: RPCError.self) { try await boot.keyValueStore("cache").set(1, for: "k") }
            await boot.process.close()
        }
        // With neither RoadRunner nor a file, the error has both reasons.
        let boot = try Self.boot(
            Self.nobody.merging(["RR_CONFIG_PATH": "/nowhere/.rr.yaml"]) { $1 }, reader: YAMLConfigurationReader())
        do {
            _ = try await boot.keyValueStore("cache")
            Issue.record("no source knows the storage")
        } catch let error as ServerConfigurationError {
            #expect(error.description.contains("/nowhere/.rr.yaml"))
            #expect(error.description.contains("rr-nobody"))
        }
        await boot.process.close()
        // Without a reader any name is accepted.
        let blind = try Self.boot(Self.nobody)
        #expect(try await blind.keyValueStore("cache").driver == .unknown)
        await blind.process.close()
    }

    /// Further storages, and rebuilt kernels, ask again.
    @Test func anUnreachableRoadRunnerIsLoggedOnce() async throws {
        let lines = LogLines()
        let boot = try Self.boot(Self.nobody, logger: lines.logger(.info))
        for name in ["a", "b", "a"] { _ = try await boot.keyValueStore(name) }
        #expect(lines.all.filter { $0.contains("cannot get RoadRunner's configuration") }.count == 1)
        await boot.process.close()
    }

    @Test func withoutRoadRunnersAddressThereIsAHint() throws {
        let hint = try #require(try Self.boot([:]).process.remoteAddress().hint)
        #expect(hint.contains("rpc: { listen: \"tcp://127.0.0.1:6001\" }"))
        #expect(try Self.boot(Self.nobody).process.remoteAddress().hint == nil)
    }

    @Test func withoutAutoRegisterAllNamesAreAccepted() async throws {
        try await TestRPCServer.with(storages: ["cache"]) { server in
            let boot = try Self.boot(server.environment.merging(["KV_AUTO_REGISTER": "false"]) { $1 })
            let store = try await boot.keyValueStore("other")
            #expect(store.driver == .unknown)
            #expect(await server.calls.isEmpty)
            do {
                _ = try await store.get("k", as: Int.self)
            } catch let error as RPCError {
                #expect(error.code == .noSuchStorage)
            }
            await boot.process.close()
        }
    }

    @Test func standaloneHasItsOwnStores() async throws {
        let boot = try Self.boot([:], isPoolWorker: false)
        let store = try await boot.keyValueStore("cache")
        try await store.set(1, for: "k")
        // All stores of one name share a storage; another name has another one.
        #expect(try await boot.keyValueStore("cache", prefix: "").get("k", as: Int.self) == 1)
        #expect(try await boot.keyValueStore("vault").get("k", as: Int.self) == nil)
        try await Self.withFile("version: \"3\"\nkv: { cache: { driver: memory, config: {} } }\n") { path in
            let boot = try Self.boot(["RR_CONFIG_PATH": path], isPoolWorker: false, reader: YAMLConfigurationReader())
            _ = try await boot.keyValueStore("cache")
            #expect(await keyValueCode { _ = try await boot.keyValueStore("cahce") } == .unknownStorage)
        }
        // With RR_RPC it uses RoadRunner's storages: native mode.
        try await TestRPCServer.with(storages: ["cache"]) { server in
            let boot = try Self.boot(server.environment, isPoolWorker: false)
            try await boot.keyValueStore("cache").set(1, for: "k")
            #expect(await server.calls.map(\.method) == ["rpc.Config", "kv.Set"])
            await boot.process.close()
        }
    }

    @Test func invalidAddresses() async throws {
        for (text, code) in [
            ("", RelayAddressError.Code.empty), ("127.0.0.1:6001", .missingScheme), ("http://127.0.0.1:6001", .unknownScheme),
            ("tcp://127.0.0.1", .malformedPort), ("tcp://127.0.0.1:99999", .malformedPort), ("unix://", .emptyPath),
            ("pipes", .notASocket),
        ] {
            for isPoolWorker in [true, false] {
                let boot = try Self.boot(["RR_RPC": text], isPoolWorker: isPoolWorker)
                do {
                    _ = try await boot.keyValueStore("cache")
                    Issue.record("\(text) is not an address")
                } catch let error as RelayAddressError {
                    #expect(error.code == code)
                    #expect(error.description.contains("RR_RPC"))
                    #expect(error.description.contains("tcp://127.0.0.1:6001"))
                    #expect(!error.description.contains("\"pipes\","))
                }
            }
        }
        // A worker uses the default; a program without RoadRunner has no address.
        #expect(try Self.boot([:]).rpc.address == .tcp(host: "127.0.0.1", port: 6001))
        do {
            _ = try Self.boot([:], isPoolWorker: false).rpc
            Issue.record("an address was found")
        } catch let error as RelayAddressError {
            #expect(error.code == .missing)
            #expect(error.description.contains("RR_RPC is not set"))
        }
    }

    @Test func serializers() async throws {
        for (name, type) in [
            ("json", "JSONValueCoder"), ("RAW", "RawValueCoder"), ("plist", "PropertyListValueCoder"),
            ("protobuf", "ProtobufValueCoder"), ("", "JSONValueCoder"),
        ] {
            let store = try await Self.boot(["KV_SERIALIZER": name], isPoolWorker: false).keyValueStore("cache")
            #expect("\(Swift.type(of: store.coder))" == type)
        }
        let invalid = try Self.boot(["KV_SERIALIZER": "igbinary"], isPoolWorker: false)
        for coder in [nil, RawValueCoder()] as [(any ValueCoder)?] {
            await #expect(throws: OptionError.self) { _ = try await invalid.keyValueStore("cache", coder: coder) }
        }
        let store = try await Self.boot([:], isPoolWorker: false).keyValueStore("cache", coder: RawValueCoder())
        #expect(store.coder is RawValueCoder)
    }

    /// The configuration of a real RoadRunner, and some impossible ones.
    @Test func directories() throws {
        func drivers(_ json: String) throws -> [String: String] {
            try StorageDirectory(configuration: .init(string: json)).drivers.mapValues(\.rawValue)
        }
        let recording = try #require(try RPCRecording.all("rpc", prefix: "rpc_version_config").first)
        let raw = try #require(recording.frames.last?.bytes)
        #expect(
            try StorageDirectory(configuration: .init(bytes: raw.drop { $0 != UInt8(ascii: "{") })).drivers
                == ["mem": .memory, "bolt": .boltdb])
        for json in [
            "{}", #"{"kv":null}"#, #"{"kv":[]}"#, #"{"kv":"x"}"#, #"{"kv":{}}"#, #"{"kv":{"a":null,"b":[],"c":{"driver":{}}}}"#,
        ] {
            #expect(try drivers(json) == [:], "\(json)")
        }
        #expect(try drivers(#"{"kv":{"a":1,"b":{"driver":"redis"}}}"#) == ["b": "redis"])
        for json in ["", "[]", "nonsense"] { #expect(throws: (any Error).self) { try drivers(json) } }
    }

    /// A kernel in a worker uses the worker's loop and connection.
    @Test func aKernelInAWorker() async throws {
        try await TestRPCServer.with(storages: ["cache"]) { server in
            try await TestWorker.with(kernel: CountingKernel.self, environment: server.environment) { worker in
                for number in 1...3 { #expect(try await worker.send(.get("/count")).text == "\(number)") }
                let many = try await worker.send(.get("/many"))
                #expect(many.text == "3333333333")
            }
        }
    }
}

private struct CountingKernel: Kernel {
    let router = Router()

    init(_ boot: BootContext) async throws {
        let cache = try await boot.keyValueStore("cache")
        self.router.get("count") { _, _ in
            let count = (try await cache.get("n", as: Int.self) ?? 0) + 1
            try await cache.set(count, for: "n", timeToLive: .seconds(60))
            return "\(count)"
        }
        self.router.get("many") { _, _ in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<10 { group.addTask { try await cache.get("n", as: Int.self) } }
                return try await group.reduce(into: "") { $0 += $1.map { "\($0)" } ?? "-" }
            }
        }
    }

    var workers: some Workers { HTTP(self.router) }
}
