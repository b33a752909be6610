/// A request, and its client's view of the response.
struct Case: CustomStringConvertible, Sendable {
    let method: String
    let path: String
    let body: String
    let expected: Observation
    /// The client's view through RoadRunner, where it differs.
    let throughRoadRunner: Observation
    /// The reason for the difference.
    let difference: Difference?

    var description: String { "\(self.method) \(self.path)" }

    init(_ method: String, _ path: String, body: String = "", _ expected: Observation) {
        self.init(method, path, body, expected, expected, nil)
    }

    private init(
        _ method: String, _ path: String, _ body: String, _ expected: Observation, _ throughRoadRunner: Observation,
        _ difference: Difference?
    ) {
        self.method = method
        self.path = path
        self.body = body
        self.expected = expected
        self.throughRoadRunner = throughRoadRunner
        self.difference = difference
    }

    /// Returns a case whose observation through RoadRunner differs.
    func but(_ difference: Difference, _ change: (inout Observation) -> Void) -> Case {
        var observation = self.expected
        change(&observation)
        observation.headers.sort()
        return Case(self.method, self.path, self.body, self.expected, observation, difference)
    }
}

/// Differences between RoadRunner, or Go's server in it, and this package's standalone server.
enum Difference: String, Sendable {
    case sniffing = "Go guesses a Content-Type where there is none"
    case notModified = "Go sends a 304 without Content-Type and Content-Length"
    case endOfStream = "RoadRunner ends a chunked body properly although the worker gave it up"
    case trailerLine = "RoadRunner takes the line Trailer for itself"
    case informational = "RoadRunner 2025 would lose the final status after an informational response"
}

extension Observation {
    /// A response with a text of known length.
    static func text(_ body: String, status: Int = 200, type: String? = "text/plain", _ more: String...) -> Observation {
        var headers = more + ["content-length: \(body.utf8.count)"]
        if let type { headers.append("content-type: \(type)") }
        return Observation(status: status, headers: headers.sorted(), body: body)
    }

    /// A response with a text in chunks.
    static func chunks(_ body: String, trailers: [String] = [], _ more: String...) -> Observation {
        let headers = more + ["content-type: text/plain", "transfer-encoding: chunked"]
        return Observation(status: 200, headers: headers.sorted(), body: body, trailers: trailers)
    }

    /// A response without a body.
    static func head(_ status: Int, _ headers: String...) -> Observation {
        Observation(status: status, headers: headers.sorted())
    }

    /// The page of an error.
    static func page(_ status: Int, _ reason: String) -> Observation {
        .text("\(status) \(reason)\n", status: status, type: "text/plain; charset=utf-8")
    }

    /// The same response, but with the connection closed before the end of its body.
    var cutShort: Observation {
        var observation = self
        observation.isComplete = false
        observation.isKeptAlive = false
        return observation
    }
}
