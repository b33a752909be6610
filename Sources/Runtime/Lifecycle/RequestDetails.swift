/// The parts of an HTTP request that may be shown: the values of secret headers and parameters are redacted.
public struct RequestDetails: Sendable {
    /// The method.
    public let method: String
    /// The origin as the client sees it, such as `https://example.org`, with a port unless it is the scheme's. Empty when no host
    /// is known.
    public package(set) var origin = ""
    /// The path, without the query.
    public let path: String
    /// The query; empty when there is none.
    public let query: String
    /// The first hundred header lines.
    public let headers: [(name: String, value: String)]

    package init(method: String, path: String, query: String, headers: [(name: String, value: String)]) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// The path, and the query if there is one.
    package var target: String { self.query.isEmpty ? self.path : "\(self.path)?\(self.query)" }
}
