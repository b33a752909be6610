import KVCache
import KVEncryption
import RoadRunner

/// A slow computation runs once for all workers, and its result is stored encrypted: RoadRunner, Redis and backups see ciphertext
/// only.
@main
struct EncryptedCache: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    private struct Statement: ResponseCodable {
        let customer: String
        let balance: Int
        /// A different number for each computation.
        let number: Int
    }

    init(_ boot: BootContext) async throws {
        // One file for all processes and machines that share the storage.
        let path = boot.configuration.string(forKey: "key.path") ?? "var/cache.key"
        let key = try EncryptionKey(contentsOf: path, creatingIfMissing: true, logger: boot.logger)
        let cache = try await boot.keyValueStore("cache", prefix: "statements:", envelope: AEADEnvelope(key: key))

        router.get("statements/:customer") { _, context in
            let customer = try context.parameters.require("customer")
            // However many requests ask at the same time, in however many workers, only one of them computes.
            return try await cache.value(for: customer, timeToLive: .seconds(60), tags: [customer]) {
                try await Task.sleep(for: .milliseconds(300))
                return Statement(customer: customer, balance: customer.utf8.count * 100, number: .random(in: 1...999_999))
            }
        }
        router.post("payments/:customer") { _, context in
            // Values computed from older payments are outdated.
            try await cache.invalidate(tags: [context.parameters.require("customer")])
            return HTTPResponse.Status.noContent
        }
    }

    var workers: some Workers { HTTP(router) }
}
