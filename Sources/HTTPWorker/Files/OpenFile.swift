package import Goridge
package import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file's descriptor, closed when it is no longer used.
///
/// NIO's file system opens whole paths; here each part of a path below a folder is opened by itself, so that none leads out of it.
package final class OpenFile: Sendable {
    package let descriptor: CInt

    package init(owning descriptor: CInt) { self.descriptor = descriptor }

    deinit { SystemCall.closeDescriptor(self.descriptor) }

    /// Opens a file for reading. It does not block on names of other things, such as pipes.
    package convenience init(reading path: String) throws(SystemCallError) {
        self.init(owning: try Self.check("open", open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)))
    }

    /// Opens a file below a folder, and nothing outside of it: each part of the path is opened relative to the one before it,
    /// `..` is refused, and symbolic links are not followed.
    ///
    /// - Parameter components: the path's parts, each a ``FilePath/isComponent(_:)``.
    package convenience init(reading components: [Substring], below root: String) throws(SystemCallError) {
        guard components.allSatisfy({ FilePath.isComponent($0.utf8) }) else { throw SystemCallError("openat", errno: EINVAL) }
        var handle = OpenFile(owning: try Self.check("open", open(root, O_RDONLY | O_CLOEXEC | O_DIRECTORY)))
        for (index, component) in components.enumerated() {
            let flags = index == components.count - 1 ? O_NONBLOCK : O_DIRECTORY
            let parent = handle.descriptor
            let next = openat(parent, String(component), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags)
            handle = OpenFile(owning: try Self.check("open", next))
        }
        self.init(owning: try Self.check("dup", fcntl(handle.descriptor, F_DUPFD_CLOEXEC, 0)))
    }

    /// Creates a file that other users cannot read.
    package convenience init(creatingIn folder: String, path: inout String) throws(SystemCallError) {
        var template = Array("\(folder)/upload-XXXXXX".utf8CString)
        self.init(owning: try SystemCall.makeTemporaryFile(template: &template))
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    package func status() throws(SystemCallError) -> FileStatus { try FileStatus(descriptor: self.descriptor) }

    /// Reads up to `length` bytes at `offset`; returns no bytes at the end of the file.
    package func read(at offset: Int, length: Int) throws(SystemCallError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: length)
        var failure: CInt = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { memory in
            while true {
                let count = pread(self.descriptor, memory.baseAddress, min(length, memory.count), off_t(offset))
                if count >= 0 { return count }
                guard errno == EINTR else {
                    failure = errno
                    return 0
                }
            }
        }
        guard failure == 0 else { throw SystemCallError("pread", errno: failure) }
        return buffer
    }

    /// Appends all bytes to the file.
    package func append(_ buffer: ByteBuffer) throws(SystemCallError) {
        var failure: CInt?
        buffer.withUnsafeReadableBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                switch SystemCall.write(self.descriptor, rest) {
                case .bytes(let count): rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                case .failed(let code):
                    failure = code
                    return
                case .wouldBlock: continue
                }
            }
        }
        if let failure { throw SystemCallError("write", errno: failure) }
    }

    private static func check(_ call: String, _ result: CInt) throws(SystemCallError) -> CInt {
        guard result >= 0 else { throw SystemCallError(call, errno: errno) }
        return result
    }
}
