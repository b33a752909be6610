/// How much of a form is read. Beyond it the response is 413.
///
/// The limits hold for forms that RoadRunner has parsed, too, as far as it tells: of values that it has dropped it does not.
public struct FormLimits: Sendable, Hashable {
    /// Fields and files together. RoadRunner takes 1,000 of a multipart form unless `http.raw_body` is true, and no more are taken alone.
    public var parts = 10_000
    /// The names and values of all fields together, which are kept in memory, in bytes (2 MiB).
    public var fieldBytes = 2 * 1024 * 1024
    /// One file, in bytes (256 MiB).
    public var fileBytes = 256 * 1024 * 1024
    /// The whole body, in bytes (256 MiB). RoadRunner's own limit is `http.max_request_size`.
    public var bodyBytes = 256 * 1024 * 1024
    /// The header lines of one part of a multipart form, in bytes (16 KiB).
    public var partHeaderBytes = 16 * 1024
    /// File name extensions that are refused, in lower case and without the dot: such a file has the error
    /// ``UploadError/Code/extensionForbidden``. RoadRunner's own list is `http.uploads.forbid`.
    public var forbiddenExtensions: Set<String> = []
    /// Where files are put until the response was sent: by default the system's folder for temporary files.
    public var temporaryFolder: String?

    /// Creates options with their default values.
    public init() {}

    /// The extension of a file's name, where it is refused.
    func forbiddenExtension(of name: String) -> String? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let suffix = String(Substring(name.utf8[dot...].dropFirst()))
        return self.forbiddenExtensions.contains(suffix.lowercased()) ? suffix : nil
    }
}
