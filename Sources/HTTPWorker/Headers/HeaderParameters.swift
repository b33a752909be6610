/// A header value with parameters: `form-data; name="a"; filename*=UTF-8''%C5%BE`.
///
/// Malformed parameters are left out. ``MediaTypeHeader``, which is used for forms, refuses them.
package struct HeaderParameters {
    /// The part before the parameters, in lower case.
    package let value: String
    private var parameters: [String: String] = [:]

    /// The maximum number of parameters; more are ignored.
    private static let maximumCount = 64

    package subscript(name: String) -> String? { self.parameters[name] }

    package init(_ text: some StringProtocol) {
        var scanner = HeaderScanner(text)
        self.value = scanner.readUntil(";").asciiLowercased
        var extended: [String: String] = [:]
        while self.parameters.count < Self.maximumCount, scanner.skip(";") {
            guard let (name, value) = scanner.readParameter() else { continue }
            if name.hasSuffix("*") {
                if let decoded = Self.decodeExtended(value) { extended[String(name.dropLast())] = decoded }
            } else if self.parameters[name] == nil {
                self.parameters[name] = value
            }
        }
        self.parameters.merge(extended) { $1 }
    }

    /// Decodes `UTF-8''percent-encoded` (RFC 8187).
    private static func decodeExtended(_ value: String) -> String? {
        let parts = value.utf8.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, ["utf-8", "us-ascii"].contains(Substring(parts[0]).asciiLowercased) else { return nil }
        return PercentEncoding.decode(parts[2]).map { String(decoding: $0, as: UTF8.self) }
    }
}
