import Foundation
import NIOCore
import RoadRunnerTesting
import TestSupport

/// A form as a client sends it, and what is read of it: recorded from RoadRunner 2025.1.15.
struct FormCase: Decodable, Sendable, CustomStringConvertible {
    let name: String
    let method: String
    let target: String
    let contentTypes: [String]
    let body: Data
    /// Whether RoadRunner has parsed it. Otherwise it has refused it, or handed on the bytes.
    let parsed: Bool
    /// What it made of the fields.
    let fields: String?
    /// What it made of the files. The paths are `FILE-0.`, `FILE-1.` and so on.
    let uploads: String?
    let contents: [Data]?
    /// What the kernel answers; nil where the response is an error of the client's.
    let answer: String?

    static let all: [FormCase] =
        (try? JSONDecoder().decode(
            [FormCase].self, from: Data(contentsOf: Recording.fixtures.appending(path: "forms.json")))) ?? []

    var description: String { self.name }

    /// Whether RoadRunner with `http.raw_body` reads it otherwise: it leaves out forms of some methods, and looks at the query.
    var isOfDefaultConfiguration: Bool {
        self.target.contains("?q") || (["GET", "DELETE"].contains(self.method) && !self.contentTypes[0].contains("multipart"))
    }

    var request: FormRequest {
        FormRequest(method: self.method, target: self.target, contentTypes: self.contentTypes, body: Array(self.body))
    }

    var expected: FormAnswer { self.answer.map { .text(Array($0.utf8)) } ?? .refused }

    /// As RoadRunner hands it to a worker, once its temporary files are there.
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

/// What a server makes of a form. Texts are compared as bytes: to Swift two ways to write an accent are one text.
enum FormAnswer: Hashable, CustomStringConvertible {
    case text([UInt8])
    /// The status says that it is the client's fault. Where RoadRunner itself refuses a form it is 500, or no response at all.
    case refused

    var description: String {
        switch self {
        case .text(let bytes): String(decoding: bytes.prefix(2000), as: UTF8.self)
        case .refused: "refused"
        }
    }
}

/// A request with any bytes.
struct FormRequest: Sendable {
    var method = "POST"
    var target = "/form"
    var contentTypes: [String]
    var body: [UInt8]

    var forWorker: TestRequest {
        TestRequest(
            self.method, self.target, headers: self.contentTypes.map { ("Content-Type", $0) }, body: ByteBuffer(bytes: self.body))
    }

    func answer(of server: ConformanceServer, through client: RawHTTPClient? = nil) async throws -> FormAnswer {
        let client = try client ?? RawHTTPClient(port: server.port)
        let lines = ["\(self.method) \(self.target) HTTP/1.1", "Host: localhost", "Content-Length: \(self.body.count)"]
        let head = (lines + self.contentTypes.map { "Content-Type: \($0)" }).joined(separator: "\r\n") + "\r\n\r\n"
        try await client.send(bytes: Array(head.utf8) + self.body)
        let (bytes, isClosed) = try await client.readBytes { bytes in
            var parser = ResponseParser(bytes, isAtEnd: false)
            guard case .response? = try? parser.next(method: method) else { return false }
            return true
        }
        // Of some forms RoadRunner dies, and closes the connection.
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
