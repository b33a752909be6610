package import HTTPTypes
package import NIOCore
import RoadRunnerAPI

/// The head of a response, from a frame's context.
package struct ResponseHead: Sendable {
    /// One value of a header.
    package struct Line: Sendable, Hashable {
        /// The header's name, as the worker wrote it.
        package let name: String
        /// The value's bytes.
        package let value: [UInt8]
        /// The value as a string.
        package var text: String { String(decoding: self.value, as: UTF8.self) }

        /// RoadRunner turns header lines with this prefix into trailers.
        private static let trailerPrefix = "trailer:"

        var trailerName: String? {
            guard self.name.lowercased().hasPrefix(Self.trailerPrefix) else { return nil }
            return String(self.name.utf8.dropFirst(Self.trailerPrefix.utf8.count)) ?? ""
        }
    }

    /// The status of the response; 0 when the message has none.
    package let status: HTTPResponse.Status
    /// One element per value, sorted by name, as Go's server writes them.
    package let headers: [Line]

    /// - Throws: ``TestWorkerError/Code/malformedResponse``.
    package init(_ context: ByteBuffer) throws(TestWorkerError) {
        let message: HTTPPayloadResponse
        do {
            message = try HTTPPayloadResponse(serializedBuffer: context)
        } catch {
            throw TestWorkerError(.malformedResponse, "the context of a response is not an http.v1.Response: \(error)")
        }
        guard let code = Int(exactly: message.status), (0...999).contains(code) else {
            throw TestWorkerError(.malformedResponse, "the status of a response is \(message.status)")
        }
        self.status = HTTPResponse.Status(code: code)
        self.headers = message.headers.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.flatMap { name, values in
            values.value.map { Line(name: name, value: Array($0)) }
        }
    }

    /// The names of headers that the worker announces as trailers.
    var announcedTrailers: Set<String> {
        let lists = self.headers.filter { $0.name.lowercased() == "trailer" }
        return Set(lists.flatMap { $0.text.lowercased().split { $0 == "," || $0 == " " }.map(String.init) })
    }

    /// Returns the lines that a client receives. Go omits those with an invalid name.
    static func fields(_ lines: [(name: String, value: [UInt8])]) -> HTTPFields {
        var fields = HTTPFields()
        for line in lines {
            if let name = HTTPField.Name(line.name) { fields.append(HTTPField(name: name, lenientValue: line.value)) }
        }
        return fields
    }

    /// The head as a client receives it, without trailers.
    var response: HTTPResponse {
        let trailers = self.announcedTrailers
        let lines = self.headers.filter { $0.trailerName == nil && !trailers.contains($0.name.lowercased()) }
        return HTTPResponse(status: self.status, headerFields: Self.fields(lines.map { ($0.name, $0.value) }))
    }

    /// Returns the trailers of this head, and of later lines.
    func trailers(_ later: [Line]) -> HTTPFields {
        let announced = self.announcedTrailers
        let lines = (self.headers + later).compactMap { line -> (name: String, value: [UInt8])? in
            if let name = line.trailerName { return (name, line.value) }
            return announced.contains(line.name.lowercased()) ? (line.name, line.value) : nil
        }
        return Self.fields(lines)
    }
}
