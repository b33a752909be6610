/// Parses HTTP/1.1 responses as a strict client does.
struct ResponseParser {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    enum Result {
        case needsMore
        case response(Observation, hasDate: Bool)
    }

    private var rest: ArraySlice<UInt8>
    private let isAtEnd: Bool

    /// - Parameter isAtEnd: whether no more bytes can come.
    init(_ bytes: [UInt8], isAtEnd: Bool) {
        self.rest = bytes[...]
        self.isAtEnd = isAtEnd
    }

    var isEmpty: Bool { self.rest.isEmpty }

    /// Takes one response, including the informational ones before it.
    ///
    /// - Returns: an incomplete one if the bytes end early.
    mutating func next(method: String) throws -> Result {
        var observation = Observation()
        while true {
            guard let head = self.takeHead() else { return .needsMore }
            let lines = head.split(separator: "\r\n").map(String.init)
            let parts = (lines.first ?? "").split(separator: " ", maxSplits: 2)
            guard parts.first == "HTTP/1.1", parts.count > 1, let status = Int(parts[1]) else {
                throw Malformed(description: "no status line: \(head.prefix(100))")
            }
            let headers = try lines.dropFirst().map { try Self.header($0) }
            if (100..<200).contains(status) {
                observation.informational.append(status)
                continue
            }
            observation.status = status
            observation.headers = Self.selected(headers)
            guard let isWhole = try self.takeBody(method, headers, &observation) else { return .needsMore }
            observation.isComplete = isWhole
            return .response(observation, hasDate: headers.contains { $0.name == "date" })
        }
    }

    typealias Header = (name: String, value: String)

    static func selected(_ headers: [Header]) -> [String] {
        headers.filter { Observation.names.contains($0.name) }.map { "\($0.name): \($0.value)" }.sorted()
    }

    private static func header(_ line: String) throws -> Header {
        guard let colon = line.firstIndex(of: ":") else { throw Malformed(description: "no header: \(line)") }
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        return (line[..<colon].lowercased(), String(value))
    }

    /// - Returns: whether the body is complete; nil if more bytes must come.
    private mutating func takeBody(_ method: String, _ headers: [Header], _ observation: inout Observation) throws -> Bool? {
        guard method != "HEAD", observation.status != 204, observation.status != 304 else { return true }
        if headers.contains(where: { $0.name == "transfer-encoding" && $0.value == "chunked" }) {
            return try self.takeChunks(&observation)
        }
        let lengths = headers.filter { $0.name == "content-length" }
        guard let text = lengths.first?.value else {
            // Until the end of the connection.
            guard self.isAtEnd else { return nil }
            observation.body = self.take(self.rest.count)
            return true
        }
        guard lengths.count == 1, let length = Int(text) else { throw Malformed(description: "lengths: \(lengths)") }
        guard self.rest.count >= length || self.isAtEnd else { return nil }
        let isWhole = self.rest.count >= length
        observation.body = self.take(min(length, self.rest.count))
        return isWhole
    }

    private mutating func takeChunks(_ observation: inout Observation) throws -> Bool? {
        while true {
            guard let line = self.takeLine() else { return self.isAtEnd ? false : nil }
            guard let size = Int(line, radix: 16) else { throw Malformed(description: "no chunk: \(line.prefix(100))") }
            guard size > 0 else { break }
            guard self.rest.count >= size + 2 else {
                guard self.isAtEnd else { return nil }
                observation.body += self.take(min(size, self.rest.count))
                return false
            }
            observation.body += self.take(size)
            guard self.take(2) == "\r\n" else { throw Malformed(description: "a chunk without its end") }
        }
        while true {
            guard let line = self.takeLine() else { return self.isAtEnd ? false : nil }
            if line.isEmpty { return true }
            let header = try Self.header(line)
            observation.trailers.append("\(header.name): \(header.value)")
        }
    }

    private mutating func takeHead() -> String? {
        let end: [UInt8] = [13, 10, 13, 10]
        guard let index = self.rest.indices.first(where: { self.rest[$0...].starts(with: end) }) else { return nil }
        let head = String(decoding: self.rest[..<index], as: UTF8.self)
        self.rest = self.rest[(index + 4)...]
        return head
    }

    private mutating func takeLine() -> String? {
        guard let end = self.rest.firstIndex(of: 10) else { return nil }
        let line = String(decoding: self.rest[..<end].filter { $0 != 13 }, as: UTF8.self)
        self.rest = self.rest[(end + 1)...]
        return line
    }

    private mutating func take(_ count: Int) -> String {
        let text = String(decoding: self.rest.prefix(count), as: UTF8.self)
        self.rest = self.rest.dropFirst(count)
        return text
    }
}
