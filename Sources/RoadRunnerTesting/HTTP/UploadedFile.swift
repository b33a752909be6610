import NIOCore

/// A file of a multipart form.
struct UploadedFile: Sendable {
    /// The file's name, as the client sent it.
    let name: String
    let mime: String
    let content: ByteBuffer
    /// RoadRunner's error code; 0 for a file that it keeps.
    let error: Int
}
