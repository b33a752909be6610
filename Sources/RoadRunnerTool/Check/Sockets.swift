import Goridge
import NIOCore
import NIOPosix

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Checks addresses.
enum Sockets {
    /// Whether a server accepts connections there.
    static func accepts(_ address: HostPort) async -> Bool {
        let host = address.host.isEmpty ? "127.0.0.1" : address.host
        let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(2))
            .connect(host: host, port: address.port).get()
        guard let channel else { return false }
        try? await channel.close()
        return true
    }

    /// Why no server can listen there; nil if one can.
    static func problem(_ address: HostPort) async -> String? {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address.host.isEmpty ? "0.0.0.0" : address.host, port: address.port).get()
            try? await channel.close()
            return nil
        } catch let error as IOError {
            switch error.errnoCode {
            case EADDRINUSE: return "another process listens there"
            case EACCES: return "this user may not listen there"
            default: return SystemCallError(error).reason
            }
        } catch {
            return "the host cannot be found"
        }
    }
}
