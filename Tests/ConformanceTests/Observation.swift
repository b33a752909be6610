/// What a client sees of one request: its response, and whether the next one on the connection is in step.
struct Observation: Hashable, CustomStringConvertible {
    var informational: [Int] = []
    var status = 0
    /// Those that the rules are about, `name: value`, sorted.
    var headers: [String] = []
    var body = ""
    var trailers: [String] = []
    /// Whether the body has come to its end.
    var isComplete = true
    /// Whether the next request on the connection was answered: false when the server has closed it.
    var isKeptAlive = true

    /// The headers that are looked at. What else there is (`Date`, `Cache-Control`) is not about the shape of a response.
    static let names: Set<String> = [
        "connection", "content-length", "content-type", "etag", "link", "trailer", "transfer-encoding", "x-sum",
    ]

    var description: String {
        let body = self.body.utf8.count > 200 ? "\(self.body.utf8.count) bytes" : self.body
        return "\(self.informational) \(self.status) \(self.headers) \"\(body)\" \(self.trailers)"
            + (self.isComplete ? "" : ", cut short") + (self.isKeptAlive ? "" : ", closed")
    }
}
