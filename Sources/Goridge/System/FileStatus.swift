#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The metadata of a file.
///
/// Where NIO's modules are imported as well, Swift finds `stat` in one of theirs or in the system's, depending on the order of imports.
package struct FileStatus: Sendable, Hashable {
    /// The size in bytes.
    package let size: Int
    /// The time of the last change, in seconds since 1970.
    package let modified: Int
    package let modifiedNanoseconds: Int
    package let isRegular: Bool
    package let isFolder: Bool
    package let isSocket: Bool
    /// The device; two files with the same device and inode are one.
    package let device: UInt64
    package let inode: UInt64
    /// The user id of the owner.
    package let owner: UInt32
    /// The permission bits, such as `0o600`.
    package let permissions: UInt16

    /// Reads the metadata of an open file.
    package init(descriptor: CInt) throws(SystemCallError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemCallError("fstat", errno: errno) }
        self.init(status)
    }

    /// Reads the metadata of the file at `path`, or of the one to which a symbolic link leads.
    package init(path: String, followsLinks: Bool) throws(SystemCallError) {
        var status = stat()
        let result = followsLinks ? stat(path, &status) : lstat(path, &status)
        guard result == 0 else { throw SystemCallError(followsLinks ? "stat" : "lstat", errno: errno) }
        self.init(status)
    }

    /// Whether the permissions allow others than the owner to read, write or execute the file.
    package var isAccessibleToOthers: Bool { self.permissions & 0o077 != 0 }

    private init(_ status: stat) {
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        self.size = Int(status.st_size)
        self.modified = Int(time.tv_sec)
        self.modifiedNanoseconds = Int(time.tv_nsec)
        self.isRegular = status.st_mode & S_IFMT == S_IFREG
        self.isFolder = status.st_mode & S_IFMT == S_IFDIR
        self.isSocket = status.st_mode & S_IFMT == S_IFSOCK
        self.device = UInt64(truncatingIfNeeded: status.st_dev)
        self.inode = UInt64(truncatingIfNeeded: status.st_ino)
        self.owner = UInt32(status.st_uid)
        self.permissions = UInt16(truncatingIfNeeded: status.st_mode & 0o7777)
    }
}
