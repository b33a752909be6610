import Foundation
import NIOCore
package import RoadRunnerTesting

/// A form as a client sent it, and as a real RoadRunner parsed it.
package struct RecordedForm: Decodable, Sendable, CustomStringConvertible {
    package let name: String
    package let method: String
    package let contentType: String
    package let body: String
    package let status: Int
    package let parsed: Bool?
    package let fields: String?
    package let uploads: String?

    package static let all: [RecordedForm] =
        (try? JSONDecoder().decode(
            [RecordedForm].self, from: Data(contentsOf: Recording.fixtures.appending(path: "http-forms.json")))) ?? []

    package static let urlEncoded: [RecordedForm] = Self.all.filter {
        $0.contentType.hasPrefix("application/x-www-form-urlencoded") && $0.pairs != nil
    }

    package var description: String { "\(self.name) \(self.method) \(self.fields ?? "")" }
    package var bytes: [UInt8] { Array(Data(base64Encoded: self.body) ?? Data()) }

    package var raw: TestRequest {
        TestRequest(self.method, "/form", headers: [("Content-Type", self.contentType)], body: ByteBuffer(bytes: self.bytes))
    }

    /// The request as RoadRunner passes it to a worker after parsing the form.
    package var asParsed: TestRequest {
        var request = TestRequest(
            self.method, "/form", headers: [("Content-Type", self.contentType)], body: ByteBuffer(string: self.fields ?? ""))
        request.isParsed = true
        request.uploads = self.uploads.map { ByteBuffer(string: $0) }
        return request
    }

    /// The fields of a form in its URL encoding; nil for names and values that are not text.
    package var pairs: [(String, String)]? {
        let text = String(decoding: self.bytes, as: UTF8.self)
        var pairs: [(String, String)] = []
        for pair in text.split(separator: "&") {
            let parts = pair.replacing("+", with: " ").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let texts = [parts[0], parts.count > 1 ? parts[1] : ""].compactMap(\.removingPercentEncoding)
            guard texts.count == 2 else { return nil }
            let (name, value) = (texts[0], texts[1])
            pairs.append((name, value))
        }
        return pairs
    }
}
