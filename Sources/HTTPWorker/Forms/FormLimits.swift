/// The limits for reading a form. If one is exceeded the response is 413.
///
/// They also apply to forms that RoadRunner has parsed, except for values that RoadRunner has dropped.
public struct FormLimits: Sendable, Hashable {
    /// The number of fields and files together. RoadRunner takes 1,000 of a multipart form unless `http.raw_body` is true, and
    /// the standalone runtime takes no more.
    public var parts = 10_000
    /// The size of the names and values of all fields together, which are kept in memory, in bytes (2 MiB).
    public var fieldBytes = 2 * 1024 * 1024
    /// The size of one file, in bytes (256 MiB).
    public var fileBytes = 256 * 1024 * 1024
    /// The size of the whole body, in bytes (256 MiB). RoadRunner's own limit is `http.max_request_size`.
    public var bodyBytes = 256 * 1024 * 1024
    /// The size of the header lines of one part of a multipart form, in bytes (16 KiB).
    public var partHeaderBytes = 16 * 1024
    /// The refused extensions of file names, in lower case and without the dot: such a file has the error
    /// ``UploadError/Code/extensionForbidden``. RoadRunner's own list is `http.uploads.forbid`.
    public var forbiddenExtensions: Set<String> = []
    /// The folder of uploaded files until the response has been sent: by default the system's folder for temporary files.
    public var temporaryFolder: String?

    /// Creates limits with their default values.
    public init() {}

    /// Returns the extension of a file's name, if it is refused.
    func forbiddenExtension(of name: String) -> String? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let suffix = String(Substring(name.utf8[dot...].dropFirst()))
        return self.forbiddenExtensions.contains(suffix.lowercased()) ? suffix : nil
    }
}
