import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The file of a unix socket: the system keeps it when the process that listens on it ends.
enum UnixSocketFile {
    /// Whether a process listens there. Hummingbird's server would take the name away from it.
    static func isServed(_ path: String) -> Bool {
        guard Self.isSocket(path), let connection = try? RelayConnection.connect(to: .unix(path: path), timeout: 1000) else {
            return false
        }
        SystemCall.closeDescriptor(connection.input)
        return true
    }

    static func remove(_ path: String) {
        if Self.isSocket(path) { unlink(path) }
    }

    private static func isSocket(_ path: String) -> Bool {
        var information = stat()
        return lstat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFSOCK
    }
}
