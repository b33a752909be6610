#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that came with a multipart form.
///
/// Its bytes are in a temporary file until the response was sent: move or copy it, or read it, before.
public struct Upload: Sendable {
    /// The client's name for the file, without folders; empty when there is no name in it. It is the client's word: never use it as a
    /// path.
    public let name: String
    /// The type that the client gives; empty when it gives none. Like the name it is not to be trusted.
    public let mediaType: String
    /// Its length in bytes.
    public let size: Int
    /// Why there is no file; nil when there is one.
    public let error: UploadError?
    /// Where the file is until the response was sent; nil when there is none. It may be relative to the working directory.
    public let path: String?

    /// The file, where it is ours to remove.
    private let file: TemporaryFile?

    init(name: String, mediaType: String, size: Int, error: UploadError?, path: String?, file: TemporaryFile? = nil) {
        self.name = Self.sanitized(name)
        self.mediaType = mediaType
        self.size = size
        self.error = error
        self.path = path
        self.file = file
    }

    /// An upload whose file is there, and not for the program.
    init(refusing upload: Upload, fileExtension: String) {
        self.init(
            name: upload.name, mediaType: upload.mediaType, size: 0, error: UploadError(forbiddenExtension: fileExtension),
            path: nil)
    }

    /// The last part of a path, be it written with slashes or with backslashes, and without control characters.
    static func sanitized(_ name: String) -> String {
        // Control characters first: what is left of ".\0." is a folder's name.
        let visible = name.utf8.filter { $0 >= 0x20 && $0 != 0x7F }
        let last = visible.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }.last ?? []
        return FilePath.isComponent(last) ? String(decoding: last, as: UTF8.self) : ""
    }

    package func requirePath() throws(UploadError) -> String {
        if let error { throw error }
        guard let path else { throw UploadError(.temporaryFileMissing, "there is no temporary file for \"\(self.name)\"") }
        return path
    }
}

/// A file that is removed when nobody needs it any more.
final class TemporaryFile: Sendable {
    let path: String

    init(path: String) { self.path = path }

    deinit { unlink(self.path) }
}
