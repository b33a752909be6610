import Foundation
import NIOCore
import RoadRunnerTesting
import TestSupport

/// A form as a client sends it, and its parsed contents, recorded from RoadRunner 2025.1.15.
struct FormCase: Decodable, Sendable, CustomStringConvertible {
    let name: String
    let method: String
    let target: String
    let contentTypes: [String]
    let body: Data
    /// Whether RoadRunner parsed it. Otherwise it refused it, or passed on the bytes.
    let parsed: Bool
    /// The fields as RoadRunner parsed them.
    let fields: String?
    /// The files as RoadRunner parsed them. The paths are `FILE-0.`, `FILE-1.` and so on.
    let uploads: String?
    let contents: [Data]?
    /// The kernel's response; nil if it is a client error.
    let answer: String?

    static let all: [FormCase] =
        (try? JSONDecoder().decode(
            [FormCase].self, from: Data(contentsOf: Recording.fixtures.appending(path: "forms.json")))) ?? []

    var description: String { self.name }

    /// Whether RoadRunner with `http.raw_body` parses it differently: it omits forms of some methods, and reads the query.
    var isOfDefaultConfiguration: Bool {
        self.target.contains("?q") || (["GET", "DELETE"].contains(self.method) && !self.contentTypes[0].contains("multipart"))
    }

    var request: FormRequest {
        FormRequest(method: self.method, target: self.target, contentTypes: self.contentTypes, body: Array(self.body))
    }

    var expected: FormResponse { self.answer.map { .text(Array($0.utf8)) } ?? .refused }

    /// The request as RoadRunner passes it to a worker, after creating its temporary files.
    func parsedRequest(in folder: String) throws -> TestRequest {
        var request = self.request.forWorker
        request.body = ByteBuffer(string: self.fields ?? "")
        request.isParsed = true
        guard var uploads else { return request }
        for (index, content) in (self.contents ?? []).enumerated() {
            let path = "\(folder)/\(UUID())"
            try content.write(to: URL(filePath: path))
            uploads = uploads.replacingOccurrences(of: "FILE-\(index).", with: path)
        }
        request.uploads = ByteBuffer(string: uploads)
        return request
    }
}

/// A server's reading of a form. Texts are compared as bytes: Swift considers two ways to write an accent equal.
enum FormResponse: Hashable, CustomStringConvertible {
    case text([UInt8])
    /// The status is a client error. Where RoadRunner itself refuses a form it is 500, or there is no response at all.
    case refused

    var description: String {
        switch self {
        case .text(let bytes): String(decoding: bytes.prefix(2000), as: UTF8.self)
        case .refused: "refused"
        }
    }
}

/// A request that may contain any bytes.
struct FormRequest: Sendable {
    var method = "POST"
    var target = "/form"
    var contentTypes: [String]
    var body: [UInt8]

    var forWorker: TestRequest {
        TestRequest(
            self.method, self.target, headers: self.contentTypes.map { ("Content-Type", $0) }, body: ByteBuffer(bytes: self.body))
    }

    func answer(of server: ConformanceServer, through client: RawHTTPClient? = nil) async throws -> FormResponse {
        let client = try client ?? RawHTTPClient(port: server.port)
        let lines = ["\(self.method) \(self.target) HTTP/1.1", "Host: localhost", "Content-Length: \(self.body.count)"]
        let head = (lines + self.contentTypes.map { "Content-Type: \($0)" }).joined(separator: "\r\n") + "\r\n\r\n"
        try await client.send(bytes: Array(head.utf8) + self.body)
        let (bytes, isClosed) = try await client.readBytes { bytes in
            var parser = ResponseParser(bytes, isAtEnd: false)
            guard case .response? = try? parser.next(method: method) else { return false }
            return true
        }
        // On some forms RoadRunner crashes, and closes the connection.
        guard !bytes.isEmpty else { return .refused }
        var parser = ResponseParser(bytes, isAtEnd: isClosed)
        guard case .response(let response, _) = try parser.next(method: self.method) else {
            throw RawHTTPClient.Failure(description: "no response: \(String(decoding: bytes, as: UTF8.self))")
        }
        switch response.status {
        case 200: return .text(Array(response.body.utf8))
        case 400..<500: return .refused
        case 500 where response.body.hasPrefix("serve_http:"): return .refused
        default: throw RawHTTPClient.Failure(description: "\(response)")
        }
    }
}
