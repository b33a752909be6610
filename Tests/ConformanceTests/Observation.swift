/// A client's view of one request: its response, and whether the connection is in step for the next one.
struct Observation: Hashable, CustomStringConvertible {
    var informational: [Int] = []
    var status = 0
    /// The headers in `names`, as `name: value`, sorted.
    var headers: [String] = []
    var body = ""
    var trailers: [String] = []
    /// Whether the body is complete.
    var isComplete = true
    /// Whether the next request on the connection was answered: false if the server closed it.
    var isKeptAlive = true

    /// The compared headers. Others (`Date`, `Cache-Control`) do not affect the shape of a response.
    static let names: Set<String> = [
        "connection", "content-length", "content-type", "etag", "link", "trailer", "transfer-encoding", "x-sum",
    ]

    var description: String {
        let body = self.body.utf8.count > 200 ? "\(self.body.utf8.count) bytes" : self.body
        return "\(self.informational) \(self.status) \(self.headers) \"\(body)\" \(self.trailers)"
            + (self.isComplete ? "" : ", cut short") + (self.isKeptAlive ? "" : ", closed")
    }
}
