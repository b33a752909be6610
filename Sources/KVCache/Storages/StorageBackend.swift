package import Goridge
package import Logging
package import NIOCore

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The place of the entries: RoadRunner, or this process. Keys and times are checked beforehand; batches are never empty.
package protocol StorageBackend: Sendable {
    /// The driver, which determines the supported operations.
    var driver: StorageDriver { get }

    /// Returns a value; nil when there is none.
    func get(_ key: String) async throws -> ByteBuffer?
    /// Returns the values of those keys that exist.
    func get(_ keys: [String]) async throws -> [ExactString: ByteBuffer]
    /// Returns those keys that exist.
    func contains(_ keys: [String]) async throws -> Set<ExactString>
    func set(_ entries: [(key: String, value: ByteBuffer)], lifetime: EntryLifetime) async throws
    func remove(_ keys: [String]) async throws
    /// Returns the expiry of those keys that exist and are known to expire.
    func expiries(_ keys: [String]) async throws -> [ExactString: Date]
    /// - Parameter value: the value that the entry was found to have.
    /// - Returns: whether there is such an entry.
    func setLifetime(_ lifetime: EntryLifetime, of key: String, holding value: ByteBuffer) async throws -> Bool
    func clear() async throws

    var logger: Logger { get }

    /// The domain of these locks: locks of one name in one domain are the same.
    var lockDomain: ObjectIdentifier { get }
    /// - Returns: whether the lock was acquired in time.
    func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool
    /// Holds a lock for `holding` from now on.
    ///
    /// - Returns: whether this caller holds it.
    func renew(_ resource: String, id: String, holding: Duration) async throws -> Bool
    /// Releases a lock. A failure is not reported: the lock then ends when it expires.
    func unlock(_ resource: String, id: String, endingAt end: ContinuousClock.Instant) async
}
