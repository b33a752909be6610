/// A file from a multipart form.
///
/// Its bytes are in a temporary file until the response has been sent: move, copy or read it before.
public struct Upload: Sendable {
    /// The client's name for the file, without folders; empty if there is none. The client chose it: never use it as a path.
    public let name: String
    /// The media type that the client gives; empty if it gives none. Do not trust it either.
    public let mediaType: String
    /// The file's length in bytes.
    public let size: Int
    /// The reason why there is no file; nil if there is one.
    public let error: UploadError?
    /// The path of the file until the response has been sent; nil if there is none. It may be relative to the working directory.
    public let path: String?

    /// The file, if this process must remove it.
    private let file: TemporaryFile?

    init(name: String, mediaType: String, size: Int, error: UploadError?, path: String?, file: TemporaryFile? = nil) {
        self.name = Self.sanitized(name)
        self.mediaType = mediaType
        self.size = size
        self.error = error
        self.path = path
        self.file = file
    }

    /// Replaces an upload whose file must not reach the application.
    init(refusing upload: Upload, fileExtension: String) {
        self.init(
            name: upload.name, mediaType: upload.mediaType, size: 0, error: UploadError(forbiddenExtension: fileExtension),
            path: nil)
    }

    /// Returns the last component of a path with slashes or backslashes, without control characters.
    static func sanitized(_ name: String) -> String {
        // Control characters first: otherwise ".\0." would become the name of a folder.
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
