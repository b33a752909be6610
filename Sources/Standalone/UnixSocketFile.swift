import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The file of a unix socket: the system keeps it when the process that listens on it ends.
struct UnixSocketFile: Sendable {
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// - Returns: nil where there is no socket.
    init?(_ path: String) {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFSOCK else { return nil }
        self.path = path
        self.device = information.st_dev
        self.inode = information.st_ino
    }

    /// Whether a process listens there. Hummingbird's server would take the name away from it.
    var isServed: Bool {
        do {
            SystemCall.closeDescriptor(try RelayConnection.connect(to: .unix(path: self.path), timeout: 1000).input)
            return true
        } catch {
            // Any other failure, a queue that is full say, is that of somebody who listens.
            return !error.reason.contains(String(cString: strerror(ECONNREFUSED)))
        }
    }

    /// Removes it, unless the next process has put its own in its place.
    func remove() {
        guard let current = UnixSocketFile(self.path), current.device == self.device, current.inode == self.inode else { return }
        unlink(self.path)
    }
}
