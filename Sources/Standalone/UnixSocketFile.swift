import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The file of a unix socket, which the system keeps after the listening process has ended.
struct UnixSocketFile: Sendable {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    /// - Returns: nil if there is no socket.
    init?(_ path: String) {
        guard let status = try? FileStatus(path: path, followsLinks: false), status.isSocket else { return nil }
        self.path = path
        self.device = status.device
        self.inode = status.inode
    }

    /// Whether a process listens there. Hummingbird's server would take the path over from it.
    var isServed: Bool {
        do {
            SystemCall.closeDescriptor(try RelayConnection.connect(to: .unix(path: self.path), timeout: 1000).input)
            return true
        } catch {
            // Any other failure, such as a full queue, means that a process listens.
            return !error.reason.contains(String(cString: strerror(ECONNREFUSED)))
        }
    }

    /// Removes the file, unless the next process has put its own in its place.
    func remove() {
        guard let current = UnixSocketFile(self.path), current.device == self.device, current.inode == self.inode else { return }
        unlink(self.path)
    }
}
