import RoadRunnerTesting

/// Derives a client's view through RoadRunner from a worker's frames, by the rules of Go's server.
enum GoServer {
    static func observation(_ response: WorkerResponse, method: String) -> Observation {
        var observation = Observation()
        observation.informational = response.informational.map(\.status.code)
        observation.status = response.status.code
        var headers = response.lines.map { (name: $0.name.lowercased(), value: $0.text) }
        let named = headers.filter { $0.name == "trailer" }.flatMap { $0.value.split(separator: ",") }.map {
            $0.filter { $0 != " " }.lowercased()
        }
        var trailers = headers.filter { named.contains($0.name) }
        headers.removeAll { named.contains($0.name) || $0.name == "trailer" }
        trailers += response.trailerLines.map { (String($0.name.lowercased().drop { $0 != ":" }.dropFirst()), $0.text) }
        // A response in a single frame has its trailers among its headers.
        trailers += headers.filter { $0.name.hasPrefix("trailer:") }.map { (String($0.name.dropFirst(8)), $0.value) }
        headers.removeAll { $0.name.hasPrefix("trailer:") }
        let hasNoBody = method == "HEAD" || response.status == 204 || response.status == 304
        if response.status == 304 { headers.removeAll { $0.name == "content-type" || $0.name == "content-length" } }
        if !hasNoBody { observation.body = response.text }
        let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) }
        if !hasNoBody {
            if let length {
                observation.isComplete = length == observation.body.utf8.count
                observation.isKeptAlive = observation.isComplete
            } else if trailers.isEmpty, !response.isStreamed, observation.body.utf8.count < 2048 {
                headers.append(("content-length", String(observation.body.utf8.count)))
            } else {
                headers.append(("transfer-encoding", "chunked"))
                observation.trailers = trailers.map { "\($0.name): \($0.value)" }
            }
            if !headers.contains(where: { $0.name == "content-type" }), !observation.body.isEmpty {
                let isPage = observation.body.hasPrefix("<html>")
                headers.append(("content-type", "text/\(isPage ? "html" : "plain"); charset=utf-8"))
            }
        }
        if headers.contains(where: { $0.name == "connection" && $0.value == "close" }) { observation.isKeptAlive = false }
        observation.headers = ResponseParser.selected(headers)
        return observation
    }
}
