import Hummingbird
import KVCache
import KVEncryption
import RoadRunner

/// Uses of RoadRunner's key-value storages.
struct Storages {
    private let cache: KeyValueStore
    private let vault: KeyValueStore

    init(_ boot: BootContext) async throws {
        self.cache = try await boot.keyValueStore("cache")
        self.vault = try await boot.keyValueStore("vault", envelope: Self.envelope(boot))
    }

    /// Sealed boxes if PHP must read the vault too, otherwise the envelope that binds values to their keys.
    private static func envelope(_ boot: BootContext) throws -> any ValueEnvelope {
        if let box = try boot.sealedBox() { return box }
        let path = boot.configuration.text("vault.key.path") ?? "var/vault.key"
        return AEADEnvelope(
            key: try EncryptionKey(
                contentsOf: path, creatingIfMissing: true, logger: boot.logger))
    }

    func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        self.addCounter(to: router)
        self.addVault(to: router)
        self.addCache(to: router)
    }

    private struct Count: ResponseEncodable { let count: Int }

    private func addCounter(to router: Router<BasicRoadRunnerRequestContext>) {
        let cache = self.cache
        router.get("counter") { _, _ in
            // Without the lock two workers could read the same number.
            try await cache.withLock("counter") {
                let count = Self.next(after: try await cache.get("counter", as: Int.self))
                try await cache.set(count, for: "counter", timeToLive: .seconds(60))
                return Count(count: count)
            }
        }
        router.get("many") { request, _ in
            let keys = request.uri.queryParameters.get("keys")?.split(separator: ",").map(String.init) ?? []
            guard keys.count <= 1000 else { throw HTTPError(.badRequest, message: "at most 1000 keys") }
            // Separate calls, which share the connection and do not wait for each other.
            return try await withThrowingTaskGroup(of: (String, JSONValue?).self) { group in
                for key in Set(keys) { group.addTask { (key, try await Self.value(of: key, in: cache)) } }
                return JSONValue.object(try await group.reduce(into: [:]) { values, entry in values[entry.0] = entry.1 })
            }
        }
    }

    /// A storage may contain anything, even the largest number: counting restarts then.
    private static func next(after count: Int?) -> Int { count.map { $0 == .max ? 1 : $0 + 1 } ?? 1 }

    /// - Throws: an `HTTPError` for a key that the storage refuses, since the client chose it.
    private static func value(of key: String, in cache: KeyValueStore) async throws -> JSONValue? {
        do {
            return try await cache.get(key, as: JSONValue.self)
        } catch let error as KeyValueError where error.code == .invalidKey {
            throw HTTPError(.badRequest, message: "\(error)")
        }
    }

    private func addVault(to router: Router<BasicRoadRunnerRequestContext>) {
        let vault = self.vault
        router.put("vault/:name") { request, context in
            let name = try Self.name(context)
            let body = try await request.body.collect(upTo: 1024 * 1024)
            guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
                throw HTTPError(.badRequest, message: "the body is not UTF-8")
            }
            try await vault.set(text, for: name)
            return HTTPResponse.Status.noContent
        }
        router.get("vault/:name") { _, context in
            guard let text = try await vault.get(Self.name(context), as: String.self) else { throw HTTPError(.notFound) }
            return text
        }
        router.delete("vault/:name") { _, context in
            try await vault.remove(Self.name(context))
            return HTTPResponse.Status.noContent
        }
    }

    private static func name(_ context: BasicRoadRunnerRequestContext) throws -> String {
        let name = try context.parameters.requireDecoded("name")
        guard (1...128).contains(name.count), name.contains(where: { !$0.isWhitespace }) else {
            throw HTTPError(.badRequest, message: "a name has 1 to 128 characters, which are not all blank")
        }
        return name
    }

    private struct Computed: Codable, ResponseEncodable {
        let value: String
        let computations: Int
    }

    private func addCache(to router: Router<BasicRoadRunnerRequestContext>) {
        let cache = self.cache
        router.get("cached") { request, _ in
            let milliseconds = request.uri.queryParameters.get("ms", as: Int.self) ?? 100
            let key = request.uri.queryParameters["key"].map { "cached.\($0)" } ?? "cached"
            let tags = request.uri.queryParameters["tag"].map { [String($0)] } ?? []
            return try await cache.value(for: key, timeToLive: .seconds(5), tags: tags) {
                try await Task.sleep(for: .milliseconds(max(0, min(milliseconds, 20_000))))
                // Only one task in all workers is here at a time.
                let computations = Self.next(after: try await cache.get("cached.computations", as: Int.self))
                try await cache.set(computations, for: "cached.computations")
                return Computed(value: String(UInt64.random(in: 0 ... .max), radix: 16), computations: computations)
            }
        }
    }
}

/// Any JSON value.
enum JSONValue: Codable, Sendable, ResponseEncodable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}
