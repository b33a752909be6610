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
    /// - Parameter expiry: when the entries end; nil for never.
    func set(_ entries: [(key: String, value: ByteBuffer)], expiry: Date?) async throws
    func remove(_ keys: [String]) async throws
    /// When those end that exist and are known to end.
    func expiries(_ keys: [String]) async throws -> [String: Date]
    /// - Returns: whether there is such an entry.
    func setExpiry(_ expiry: Date?, of key: String) async throws -> Bool
    func clear() async throws

    /// - Returns: whether it was to be had in time.
    func lock(_ resource: String, id: String, holding: Duration, waiting: Duration) async throws -> Bool
    func unlock(_ resource: String, id: String) async throws
}
