#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Files that only their owner can read.
enum SecretFile {
    /// Creates a file, which appears complete or not at all, and never replaces another.
    static func create(_ path: String, _ bytes: [UInt8]) throws(ToolError) {
        func failure() -> ToolError { ToolError(.unwritable, "\(path) cannot be created: \(String(cString: strerror(errno)))") }
        try Paths.makeFolder(Paths.folder(of: path))
        let draft = Paths.draft(of: path)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { unlink(draft) }
        var isWritten = true
        var rest = bytes[...]
        while isWritten, !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            isWritten = count > 0
            rest = rest.dropFirst(max(0, count))
        }
        isWritten = isWritten && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten else { throw failure() }
        // Unlike a rename, it fails if the file exists.
        guard link(draft, path) == 0 else {
            guard errno == EEXIST else { throw failure() }
            throw ToolError(
                .fileExists, "a file exists at \(path); it was not changed",
                remedy:
                    "values encrypted with a key cannot be read without it: choose another path, or remove the file yourself")
        }
    }
}
