package import HTTPTypes
package import NIOCore

// Requests whose methods and header lines may be invalid, for the tests of this package.

extension TestRequest {
    package init(_ method: String, _ target: String, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer()) {
        self.rawMethod = method
        self.uri = Self.uri(target)
        self.headers = [:]
        self.body = body
        self.rawHeaders = headers.map { ($0.0, Array($0.1.utf8)) }
    }

    package static func get(_ target: String, headers: [(String, String)]) -> TestRequest {
        TestRequest("GET", target, headers: headers)
    }

    package static func post(_ target: String, headers: [(String, String)] = [], body: String) -> TestRequest {
        TestRequest("POST", target, headers: headers, body: ByteBuffer(string: body))
    }
}

extension HTTPResponse.Status {
    package static func == (status: HTTPResponse.Status, code: Int) -> Bool { status.code == code }
    package static func != (status: HTTPResponse.Status, code: Int) -> Bool { status.code != code }
}

extension HTTPResponse {
    /// The values of a header, regardless of case.
    package subscript(name: String) -> [String] { HTTPField.Name(name).map { self.headerFields[values: $0] } ?? [] }
}
