public import HTTPTypes
public import NIOCore

/// A request as RoadRunner describes it to a worker: the fields of its `http.v1.Request`, and the body.
///
/// ```swift
/// try await worker.send(.get("/notes?tag=swift", headers: [.accept: "application/json"]))
/// try await worker.send(.post("/notes", body: .json(note)))
/// try await worker.send(.put("/me", body: .form(["name": "Ann", "tags[]": "a", "tags[]": "b"])))
/// try await worker.send(TestRequest(.trace, "/"))
/// ```
public struct TestRequest: Sendable {
    /// The method.
    public var method: HTTPRequest.Method {
        get { HTTPRequest.Method(self.rawMethod) ?? .get }
        set { self.rawMethod = newValue.rawValue }
    }
    /// The absolute URI, such as `http://localhost/path?query`.
    public var uri: String
    /// The header lines. Their names are sent in Go's spelling: `Content-Type`, `X-Request-Id`.
    public var headers: HTTPFields
    /// The body that RoadRunner sends with the request: the client's bytes, or the parsed form.
    package(set) public var body: ByteBuffer
    /// The peer's address, without a port.
    public var remoteAddress = "127.0.0.1"
    /// The protocol: `HTTP/1.1`, `HTTP/2.0` or `HTTP/3.0`.
    public var protocolVersion = "HTTP/1.1"
    /// Values that RoadRunner's middlewares attach.
    public var attributes: [String: [String]] = [:]

    /// The method as it is sent, which may be invalid.
    package var rawMethod: String
    /// Header lines that are sent as they are, after ``headers``.
    package var rawHeaders: [(name: String, value: [UInt8])] = []
    /// Whether RoadRunner parsed the body, which is JSON then.
    package var isParsed = false
    /// RoadRunner's description of uploaded files, instead of one made from `files`.
    package var uploads: ByteBuffer?
    /// Files that are written to temporary files when the request is sent.
    var files: FormNesting<UploadedFile>?

    /// Creates a request with any method.
    ///
    /// - Parameters:
    ///   - target: the path with an optional query, or an absolute URI.
    ///   - body: the client's body. As with RoadRunner, `HEAD` and `OPTIONS` have no body, and URL-encoded forms that it parses are
    ///     empty unless the method is `POST`, `PUT` or `PATCH`.
    public init(_ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: Body = Body()) {
        self.rawMethod = method.rawValue
        self.uri = Self.uri(target)
        self.headers = headers
        self.body = body.bytes
        if let type = body.contentType, headers[.contentType] == nil { self.headers[.contentType] = type }
        if body.bytes.readableBytes > 0, headers[.contentLength] == nil {
            self.headers[.contentLength] = String(body.bytes.readableBytes)
        }
        if method == .head || method == .options {
            self.body = ByteBuffer()
        } else if let form = body.form {
            // Go reads URL-encoded bodies only with these methods.
            let isRead = form.isMultipart || [.post, .put, .patch].contains(method)
            self.body = isRead ? form.fields : ByteBuffer()
            self.isParsed = true
            self.files = form.isMultipart ? form.files : nil
        }
    }

    static func uri(_ target: String) -> String { target.contains("://") ? target : "http://localhost" + target }

    /// Creates a `GET` request.
    public static func get(_ target: String, headers: HTTPFields = [:]) -> TestRequest {
        TestRequest(.get, target, headers: headers)
    }

    /// Creates a `HEAD` request.
    public static func head(_ target: String, headers: HTTPFields = [:]) -> TestRequest {
        TestRequest(.head, target, headers: headers)
    }

    /// Creates a `POST` request.
    public static func post(_ target: String, headers: HTTPFields = [:], body: Body = Body()) -> TestRequest {
        TestRequest(.post, target, headers: headers, body: body)
    }

    /// Creates a `PUT` request.
    public static func put(_ target: String, headers: HTTPFields = [:], body: Body = Body()) -> TestRequest {
        TestRequest(.put, target, headers: headers, body: body)
    }

    /// Creates a `PATCH` request.
    public static func patch(_ target: String, headers: HTTPFields = [:], body: Body = Body()) -> TestRequest {
        TestRequest(.patch, target, headers: headers, body: body)
    }

    /// Creates a `DELETE` request.
    public static func delete(_ target: String, headers: HTTPFields = [:], body: Body = Body()) -> TestRequest {
        TestRequest(.delete, target, headers: headers, body: body)
    }

    /// Creates an `OPTIONS` request.
    public static func options(_ target: String, headers: HTTPFields = [:]) -> TestRequest {
        TestRequest(.options, target, headers: headers)
    }
}
