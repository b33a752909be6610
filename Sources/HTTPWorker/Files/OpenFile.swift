import Goridge
public import NIOCore
import NIOPosix

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs what may wait for a disk off the worker's loop.
enum BlockingWork {
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }
}

/// A file's descriptor, closed when nobody needs it any more.
final class OpenFile: Sendable {
    struct Facts: Sendable {
        let size: Int
        /// Seconds since 1970.
        let modified: Int
        let modifiedNanoseconds: Int
        let isRegular: Bool
    }

    let descriptor: CInt

    init(owning descriptor: CInt) { self.descriptor = descriptor }

    deinit { SystemCall.closeDescriptor(self.descriptor) }

    /// Opens a file for reading. It waits for nothing that a name can stand for, such as pipes.
    convenience init(reading path: String) throws(SystemCallError) {
        self.init(owning: try Self.check("open", open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)))
    }

    /// Opens a file below a folder. Whatever the path says, it does not lead out: each of its parts is opened in the one
    /// before it, `..` is refused, and symbolic links are not followed.
    ///
    /// - Parameter components: the path's parts, each a ``FilePath/isComponent(_:)``.
    convenience init(reading components: [Substring], below root: String) throws(SystemCallError) {
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

    /// Makes a file that nobody else can read.
    convenience init(creatingIn folder: String, path: inout String) throws(SystemCallError) {
        var template = Array("\(folder)/upload-XXXXXX\0".utf8CString.dropLast())
        let descriptor = mkstemp(&template)
        self.init(owning: try Self.check("mkstemp", descriptor))
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    func facts() throws(SystemCallError) -> Facts {
        var status = stat()
        _ = try Self.check("fstat", fstat(self.descriptor, &status))
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        return Facts(
            size: Int(status.st_size), modified: Int(time.tv_sec), modifiedNanoseconds: Int(time.tv_nsec),
            isRegular: status.st_mode & S_IFMT == S_IFREG)
    }

    /// Reads up to `length` bytes at `offset`; nothing at the end of the file.
    func read(at offset: Int, length: Int) throws(SystemCallError) -> ByteBuffer {
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

    /// Writes all bytes at the end.
    func append(_ buffer: ByteBuffer) throws(SystemCallError) {
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

/// The bytes of a file, or of a part of it, in chunks.
///
/// They are read as they are asked for, on a thread that may wait for the disk.
public struct FileChunks: AsyncSequence, Sendable {
    /// Each chunk but the last is as long, in bytes.
    package static let chunkLength = 128 * 1024

    let range: Range<Int>
    let open: @Sendable () throws -> OpenFile

    public struct AsyncIterator: AsyncIteratorProtocol {
        var handle: OpenFile?
        var offset: Int
        let end: Int
        let open: @Sendable () throws -> OpenFile

        /// - Throws: ``FileError``, also when the file has become shorter in the meantime.
        public mutating func next() async throws -> ByteBuffer? {
            guard self.offset < self.end else { return nil }
            let (handle, offset, open) = (self.handle, self.offset, self.open)
            let length = Swift.min(FileChunks.chunkLength, self.end - offset)
            let (opened, chunk) = try await BlockingWork.run {
                let handle = try handle ?? open()
                return (handle, try handle.read(at: offset, length: length))
            }
            self.handle = opened
            guard chunk.readableBytes > 0 else {
                // The end of a file of unknown length.
                if self.end == .max { return nil }
                throw FileError(
                    .changed, "the file has become shorter while it was read: it ends at \(offset), not at \(self.end)")
            }
            self.offset += chunk.readableBytes
            return chunk
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(offset: self.range.lowerBound, end: self.range.upperBound, open: self.open)
    }
}

/// What went wrong with a file.
public struct FileError: Error, CustomStringConvertible {
    /// What was wrong. More codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case notFound, accessDenied, notAFile, outsideOfRoot, changed, unreadable, unwritable }
        private let kind: Kind

        /// There is no such file.
        public static let notFound = Code(kind: .notFound)
        /// The file is there, and the process may not read it.
        public static let accessDenied = Code(kind: .accessDenied)
        /// It is a folder, a pipe or a device.
        public static let notAFile = Code(kind: .notAFile)
        /// The path leads out of the folder that was given.
        public static let outsideOfRoot = Code(kind: .outsideOfRoot)
        /// The file has changed while it was read.
        public static let changed = Code(kind: .changed)
        /// The file is there and cannot be read.
        public static let unreadable = Code(kind: .unreadable)
        /// The file cannot be written.
        public static let unwritable = Code(kind: .unwritable)

        public var description: String { self.kind.rawValue }
    }

    /// What was wrong.
    public let code: Code
    /// What was wrong, and with which file.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(reading path: String, _ error: SystemCallError) {
        switch error.errno {
        case ENOENT, ENOTDIR: self.init(.notFound, "there is no file \(path)")
        // Names that no file can have: too long, or not of this file system's alphabet.
        case ENAMETOOLONG, EINVAL, EILSEQ: self.init(.notFound, "there can be no such file: \(error)")
        case EACCES, EPERM: self.init(.accessDenied, "\(path) may not be read: \(error); check its permissions and its folders'")
        case ENXIO, ENODEV, EOPNOTSUPP: self.init(.notAFile, "\(path) is not a file: \(error)")
        // What is not followed.
        case ELOOP: self.init(.outsideOfRoot, "\(path) is a symbolic link, which is not followed")
        default: self.init(.unreadable, "\(path) cannot be read: \(error)")
        }
    }
}
