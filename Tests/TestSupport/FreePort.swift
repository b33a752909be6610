import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Finds ports without a listener.
package enum FreePort {
    package struct Unavailable: Error {}

    /// Outside the default ranges from which Linux and macOS take the ports of outgoing connections, and of listeners on port 0.
    package static let candidates = 20_000..<30_000

    private static let returned = Mutex<Set<Int>>([])

    /// Returns a port that no earlier call returned, since the listener for that one may not be there yet.
    package static func next() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: Self.candidates)
            if Self.returned.withLock({ $0.insert(port).inserted }), Self.isFree(port) { return port }
        }
        throw Unavailable()
    }

    private static func isFree(_ port: Int) -> Bool {
        #if canImport(Glibc)
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
        let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        // A child that starts now must not keep the port.
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        defer { close(listener) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
