package import NIOCore

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Where entries are: at RoadRunner, or in this process. Keys and times have been checked; batches are never empty.
package protocol StorageBackend: Sendable {
    /// What the driver can bear.
    var driver: StorageDriver { get }

    /// Those that exist.
    func get(_ keys: [String]) async throws -> [String: ByteBuffer]
    /// Those that exist.
    func contains(_ keys: [String]) async throws -> Set<String>
    func set(_ entries: [(key: String, value: ByteBuffer)], lifetime: EntryLifetime) async throws
    func remove(_ keys: [String]) async throws
    /// When those end that exist and are known to end.
    func expiries(_ keys: [String]) async throws -> [String: Date]
    /// - Returns: whether there is such an entry.
    func setLifetime(_ lifetime: EntryLifetime, of key: String) async throws -> Bool
    func clear() async throws

    /// Whose locks these are: locks of one name in one domain are the same.
    var lockDomain: ObjectIdentifier { get }
    /// - Returns: whether it was to be had in time.
    func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool
    /// Releases a lock; what fails is mended by its end, when it ends by itself.
    func unlock(_ resource: String, id: String, endingAt end: ContinuousClock.Instant) async
}
