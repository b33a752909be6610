import Goridge
import Logging
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Files that contain nothing but a key's raw bytes. They are read directly into guarded memory.
enum KeyFile {
    /// The files that a warning was logged about: each kernel of the process loads them again.
    private static let warned = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - remedy: how to create a missing file.
    ///   - logger: logs a warning if others than the owner can read the file.
    static func load(_ path: String, count: Int, remedy: String, logger: Logger?) throws -> Secret {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let isMissing = errno == ENOENT
            let text = "the key file \(path) cannot be read: \(reason()). The path is relative to the working directory"
            guard isMissing else { throw EncryptionError(.unreadableFile, text) }
            throw EncryptionError(.missingFile, "\(text). To create one: \(remedy)")
        }
        defer { close(descriptor) }
        let status: FileStatus
        do {
            status = try FileStatus(descriptor: descriptor)
        } catch {
            throw EncryptionError(.unreadableFile, "the key file \(path) cannot be read: \(error.reason)")
        }
        guard status.isRegular else {
            throw EncryptionError(.unreadableFile, "\(path) is not a file")
        }
        guard status.size == count else {
            throw EncryptionError(
                .wrongLength,
                """
                the key file \(path) has \(status.size) bytes, expected \(count): the key's raw bytes, \
                not as text, and without a newline
                """
            )
        }
        if status.isAccessibleToOthers, logger != nil, Self.isFirstWarning(of: path) {
            logger?.warning("the key file \(path) can be read or written by others than its owner: chmod 600 \(path)")
        }
        return try Secret(count: count) { buffer in
            var filled = 0
            while filled < count {
                let got = read(descriptor, buffer.baseAddress?.advanced(by: filled), count - filled)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { throw EncryptionError(.unreadableFile, "the key file \(path) cannot be read: \(reason())") }
                filled += got
            }
        }
    }

    private static func isFirstWarning(of path: String) -> Bool {
        Self.warned.withLock { $0.count < 1000 && $0.insert(path).inserted }
    }

    /// Creates a file that only its owner can read. It appears complete or not at all, and never replaces another.
    static func create(_ path: String, _ parts: [Secret]) throws {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !directory.isEmpty, mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw EncryptionError(.unwritableFile, "the folder \(directory) cannot be created: \(reason())")
        }
        let draft = "\(path).\(getpid()).\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw EncryptionError(.unwritableFile, "the key file \(path) cannot be created: \(reason())")
        }
        defer { unlink(draft) }
        do {
            defer { close(descriptor) }
            for part in parts {
                let isWritten = part.withBytes { bytes in
                    var written = 0
                    while written < part.count {
                        let count = write(descriptor, bytes.advanced(by: written), part.count - written)
                        if count < 0, errno == EINTR { continue }
                        guard count > 0 else { return false }
                        written += count
                    }
                    return true
                }
                guard isWritten else {
                    throw EncryptionError(.unwritableFile, "the key file \(path) cannot be written: \(reason())")
                }
            }
            guard fsync(descriptor) == 0 else {
                throw EncryptionError(.unwritableFile, "the key file \(path) cannot be written: \(reason())")
            }
        }
        // Unlike a rename, it fails if the file exists.
        guard link(draft, path) == 0 else {
            if errno == EEXIST { throw EncryptionError(.fileExists, "a file exists at \(path); it was not changed") }
            throw EncryptionError(.unwritableFile, "the key file \(path) cannot be created: \(reason())")
        }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
