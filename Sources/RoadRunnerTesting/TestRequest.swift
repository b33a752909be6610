public import NIOCore

/// A request as RoadRunner describes it to a worker: the fields of its `http.v1.Request`, and the body.
public struct TestRequest: Sendable {
    /// `GET`, say.
    public var method: String
    /// The absolute URI: `http://localhost/path?query`.
    public var uri: String
    /// Header lines, in order. Lines of one name are sent as one entry with several values.
    public var headers: [(name: String, value: [UInt8])]
    /// RoadRunner sends the whole body with the request.
    public var body: ByteBuffer
    /// The peer's address, without a port.
    public var remoteAddress = "127.0.0.1"
    /// `HTTP/1.1`, `HTTP/2.0` or `HTTP/3.0`.
    public var protocolVersion = "HTTP/1.1"
    /// Whether RoadRunner has parsed the body, so that it is JSON.
    public var isParsed = false
    /// RoadRunner's JSON description of uploaded files.
    public var uploads: ByteBuffer?
    /// Values that RoadRunner's middlewares attach.
    public var attributes: [String: [String]] = [:]

    /// - Parameter target: the path, with a query perhaps, or an absolute URI.
    public init(_ method: String, _ target: String, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer()) {
        self.method = method
        self.uri = target.contains("://") ? target : "http://localhost" + target
        self.headers = headers.map { ($0.0, Array($0.1.utf8)) }
        self.body = body
    }

    /// A `GET` without a body.
    public static func get(_ target: String, headers: [(String, String)] = []) -> TestRequest {
        TestRequest("GET", target, headers: headers)
    }

    /// A `POST` with a text as its body.
    public static func post(_ target: String, headers: [(String, String)] = [], body: String) -> TestRequest {
        TestRequest("POST", target, headers: headers, body: ByteBuffer(string: body))
    }

    /// The context of the request's frame: an `http.v1.Request`. For frames that are put together by hand.
    public func encodedContext() -> ByteBuffer {
        var context = ByteBuffer()
        context.writeProtobufField(1, self.remoteAddress.utf8)
        context.writeProtobufField(2, self.protocolVersion.utf8)
        context.writeProtobufField(3, self.method.utf8)
        context.writeProtobufField(4, self.uri.utf8)
        var values: [(name: String, values: [[UInt8]])] = []
        for header in self.headers {
            if let index = values.firstIndex(where: { $0.name == header.name }) {
                values[index].values.append(header.value)
            } else {
                values.append((header.name, [header.value]))
            }
        }
        for header in values { context.writeProtobufMapEntry(5, header.name, header.values) }
        if let query = self.uri.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1).dropFirst().first {
            context.writeProtobufField(7, query)
        }
        if self.isParsed { context.writeBytes([8 << 3, 1]) }
        if let uploads = self.uploads { context.writeProtobufField(9, uploads.readableBytesView) }
        for (name, list) in self.attributes { context.writeProtobufMapEntry(10, name, list.map { Array($0.utf8) }) }
        return context
    }
}

extension ByteBuffer {
    private mutating func writeVarint(_ value: Int) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            self.writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.writeInteger(UInt8(truncatingIfNeeded: rest))
    }

    fileprivate mutating func writeProtobufField(_ number: Int, _ bytes: some Collection<UInt8>) {
        self.writeVarint(number << 3 | 2)
        self.writeVarint(bytes.count)
        self.writeBytes(bytes)
    }

    fileprivate mutating func writeProtobufMapEntry(_ number: Int, _ key: String, _ values: [[UInt8]]) {
        var list = ByteBuffer()
        for value in values { list.writeProtobufField(1, value) }
        var entry = ByteBuffer()
        entry.writeProtobufField(1, key.utf8)
        entry.writeProtobufField(2, list.readableBytesView)
        self.writeProtobufField(number, entry.readableBytesView)
    }
}
