package import Goridge
package import Logging
package import NIOCore

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Where entries are: at RoadRunner, or in this process. Keys and times have been checked; batches are never empty.
package protocol StorageBackend: Sendable {
    /// The driver, which decides what is supported.
    var driver: StorageDriver { get }

    /// nil when there is none.
    func get(_ key: String) async throws -> ByteBuffer?
    /// Those that exist.
    func get(_ keys: [String]) async throws -> [ExactString: ByteBuffer]
    /// Those that exist.
    func contains(_ keys: [String]) async throws -> Set<ExactString>
    func set(_ entries: [(key: String, value: ByteBuffer)], lifetime: EntryLifetime) async throws
    func remove(_ keys: [String]) async throws
    /// When those end that exist and are known to end.
    func expiries(_ keys: [String]) async throws -> [ExactString: Date]
    /// - Parameter value: what the entry was found to hold.
    /// - Returns: whether there is such an entry.
    func setLifetime(_ lifetime: EntryLifetime, of key: String, holding value: ByteBuffer) async throws -> Bool
    func clear() async throws

    var logger: Logger { get }

    /// Whose locks these are: locks of one name in one domain are the same.
    var lockDomain: ObjectIdentifier { get }
    /// - Returns: whether the lock was acquired in time.
    func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool
    /// Holds a lock for so long from now on.
    ///
    /// - Returns: whether it is held by this caller.
    func renew(_ resource: String, id: String, holding: Duration) async throws -> Bool
    /// Releases a lock; what fails is mended by its end, when it ends by itself.
    func unlock(_ resource: String, id: String, endingAt end: ContinuousClock.Instant) async
}
