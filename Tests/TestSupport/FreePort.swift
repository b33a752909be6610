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

    package static func next() throws -> Int {
        #if canImport(Glibc)
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
        let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        defer { close(listener) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, size) == 0 ? getsockname(listener, name, &size) : -1
            }
        }
        guard result == 0 else { throw Unavailable() }
        return Int(UInt16(bigEndian: name.sin_port))
    }
}
