import Goridge
public import HTTPWorker
public import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Upload {
    /// The bytes of the file, read on demand.
    ///
    /// - Throws: `UploadError` when there is no file.
    public var chunks: FileChunks {
        get throws {
            let path = try self.requirePath()
            return FileChunks(range: 0..<self.size) {
                do throws(SystemCallError) {
                    return try OpenFile(reading: path)
                } catch {
                    throw UploadError(readingTemporaryFile: path, error)
                }
            }
        }
    }

    /// Reads the whole file at once.
    ///
    /// - Throws: `UploadError`, for example when the file is longer than `maximum`.
    public func contents(upTo maximum: Int) async throws -> ByteBuffer {
        guard self.size <= maximum else {
            throw UploadError(.tooLarge, "the file has \(self.size) bytes, which is more than \(maximum)")
        }
        var contents = ByteBuffer()
        for try await chunk in try self.chunks { contents.writeImmutableBuffer(chunk) }
        return contents
    }

    /// Moves the file, replacing any existing one. Missing folders are created.
    ///
    /// - Parameters:
    ///   - destination: a path chosen by the program, not by clients.
    ///   - permissions: the mode of the moved file.
    /// - Throws: `UploadError`.
    public func move(to destination: String, permissions: UInt16 = 0o644) async throws {
        let path = try self.requirePath()
        try await BlockingWork.run {
            guard access(path, F_OK) == 0 else {
                throw UploadError(readingTemporaryFile: path, SystemCallError("access", errno: errno))
            }
            try Self.makeFolder(of: destination)
            if rename(path, destination) == 0 {
                chmod(destination, mode_t(permissions))
            } else if errno == EXDEV {
                try Self.copy(path, destination, permissions)
                unlink(path)
            } else {
                throw UploadError(moving: path, to: destination, SystemCallError("rename", errno: errno))
            }
        }
    }

    /// Copies the file, replacing any existing one. Missing folders are created.
    ///
    /// - Throws: `UploadError`.
    public func copy(to destination: String, permissions: UInt16 = 0o644) async throws {
        let path = try self.requirePath()
        try await BlockingWork.run {
            guard access(path, F_OK) == 0 else {
                throw UploadError(readingTemporaryFile: path, SystemCallError("access", errno: errno))
            }
            try Self.makeFolder(of: destination)
            try Self.copy(path, destination, permissions)
        }
    }

    private static func makeFolder(of destination: String) throws(UploadError) {
        var folder = ""
        for part in destination.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropLast() {
            folder += String(decoding: part, as: UTF8.self) + "/"
            guard mkdir(folder, 0o755) != 0 else { continue }
            let code = errno
            // mkdir may fail with other codes than EEXIST for an existing folder, for example on read-only file systems.
            guard access(folder, F_OK) != 0 else { continue }
            throw UploadError(makingFolder: folder, for: destination, SystemCallError("mkdir", errno: code))
        }
    }

    private static func copy(_ path: String, _ destination: String, _ permissions: UInt16) throws {
        do {
            let source = try OpenFile(reading: path)
            let descriptor = open(destination, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(permissions))
            guard descriptor >= 0 else { throw SystemCallError("open", errno: errno) }
            let target = OpenFile(owning: descriptor)
            var offset = 0
            while true {
                let chunk = try source.read(at: offset, length: 256 * 1024)
                guard chunk.readableBytes > 0 else { return }
                try target.append(chunk)
                offset += chunk.readableBytes
            }
        } catch let error as SystemCallError {
            throw UploadError(moving: path, to: destination, error)
        }
    }
}
