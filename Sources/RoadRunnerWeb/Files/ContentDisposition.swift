import HTTPWorker

/// Whether browsers show a body or save it as a file, and the name of that file (RFC 6266).
public struct ContentDisposition: Sendable, Hashable {
    private let kind: String
    private let fileName: String?

    /// Saves the body, under this name.
    public static func attachment(_ fileName: String? = nil) -> ContentDisposition {
        ContentDisposition(kind: "attachment", fileName: fileName)
    }

    /// Shows the body; if it is saved, this is its name.
    public static func inline(_ fileName: String? = nil) -> ContentDisposition {
        ContentDisposition(kind: "inline", fileName: fileName)
    }

    /// The header's value. Names may be in any script; slashes, backslashes and control characters are removed.
    public var headerValue: String {
        guard let fileName else { return self.kind }
        let name = String(
            String.UnicodeScalarView(
                fileName.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F && $0 != "/" && $0 != "\\" }))
        // The name for old clients contains no percent signs, which some of them decode.
        let plain = String(name.unicodeScalars.map { $0.isASCII && $0 != "\"" && $0 != "%" ? Character($0) : "_" })
        let value = "\(self.kind); filename=\"\(plain)\""
        return plain == name ? value : "\(value); filename*=UTF-8''\(PercentEncoding.encode(name))"
    }
}
