/// What came with a call besides its message: the headers that Centrifugo's proxy forwards (`http_headers`, `grpc_metadata`), and
/// those of the call itself.
public struct ProxyMetadata: Sendable, Hashable {
    /// Every value, by its name in lower case.
    public let values: [String: [String]]

    package init(_ values: [String: [String]]) { self.values = values }

    /// The values of a name, whatever its case.
    public subscript(_ name: String) -> [String] { self.values[name.lowercased()] ?? [] }

    /// The value of a cookie, when `Cookie` is forwarded.
    public func cookie(_ name: String) -> String? {
        for line in self["cookie"] {
            for pair in line.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0].trimmedSpaces() == name else { continue }
                return parts[1].trimmedSpaces()
            }
        }
        return nil
    }
}

extension Substring {
    fileprivate func trimmedSpaces() -> String {
        var text = self
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
