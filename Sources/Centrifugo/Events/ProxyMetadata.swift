import Goridge

/// Metadata of a call besides its message: the headers that Centrifugo's proxy forwards (`http_headers`, `grpc_metadata`), and
/// those of the call itself.
public struct ProxyMetadata: Sendable, Hashable {
    /// All values, by name in lower case.
    public let values: [String: [String]]

    package init(_ values: [String: [String]]) { self.values = values }

    /// Returns the values of a name, regardless of case.
    public subscript(_ name: String) -> [String] { self.values[name.lowercased()] ?? [] }

    /// The value of a cookie, when `Cookie` is forwarded.
    public func cookie(_ name: String) -> String? {
        for line in self["cookie"] {
            // By bytes: Swift takes a separator and a combining mark after it for one character, which separates nothing.
            for pair in line.utf8.split(separator: UInt8(ascii: ";")) {
                let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0].trimmingSpaces.elementsEqual(name.utf8) else { continue }
                return String(Substring(parts[1].trimmingSpaces))
            }
        }
        return nil
    }
}
