import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Eight connections, like a connection pool of a database.
final class DatabaseConnections: Sendable {
    private let descriptors: [CInt]

    /// - Parameter address: `tcp://127.0.0.1:PORT`.
    init(to address: String) throws {
        guard case .tcp(_, let port) = try RelayAddress(parsing: address, from: "BENCH_CONNECTIONS") else { throw NoDatabase() }
        self.descriptors = try (0..<8).map { _ in try Self.open(to: port) }
    }

    deinit { for descriptor in self.descriptors { close(descriptor) } }

    private struct NoDatabase: Error {}

    private static func open(to port: Int) throws -> CInt {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
        }
        guard isConnected else { throw NoDatabase() }
        return descriptor
    }
}
