/// The address that reports go to: `https://KEY@HOST[:PORT][/PATH]/PROJECT`.
public struct SentryDSN: Sendable, Hashable {
    /// The key that identifies the reporter.
    let publicKey: String
    /// The URL of the envelope endpoint: `https://HOST/PATH/api/PROJECT/envelope/`.
    let envelopeURL: String

    /// Creates a DSN from a string.
    ///
    /// - Throws: ``SentryDSNError``.
    public init(_ text: String) throws(SentryDSNError) {
        guard let schemeEnd = text.range(of: "://"), case let scheme = text[..<schemeEnd.lowerBound].lowercased(),
            scheme == "https" || scheme == "http"
        else { throw SentryDSNError() }
        let rest = text[schemeEnd.upperBound...]
        guard let at = rest.firstIndex(of: "@"), let slash = rest.lastIndex(of: "/"), at < slash else { throw SentryDSNError() }
        let user = rest[..<at]
        let key = user.prefix { $0 != ":" }
        let host = rest[rest.index(after: at)..<slash]
        let project = rest[rest.index(after: slash)...]
        guard !key.isEmpty, key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }), !host.isEmpty,
            host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !project.isEmpty,
            project.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        else { throw SentryDSNError() }
        self.publicKey = String(key)
        self.envelopeURL = "\(scheme)://\(host)/api/\(project)/envelope/"
    }
}

extension StringProtocol {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = self.startIndex
        while start < self.endIndex {
            if self[start...].hasPrefix(text) { return start..<self.index(start, offsetBy: text.count) }
            start = self.index(after: start)
        }
        return nil
    }
}
