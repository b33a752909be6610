public import Goridge
public import NIOCore

/// The head of a response: what its first frame's context says.
public struct TestResponseHead: Sendable, Hashable {
    /// The status code; 0 when the message has none.
    public var status: Int
    /// In the order of the message, one element per value.
    public var headers: [Header]

    /// One value of a header.
    public struct Header: Sendable, Hashable {
        /// As the worker wrote it.
        public var name: String
        /// Its bytes.
        public var value: [UInt8]
        /// The value as text.
        public var text: String { String(decoding: self.value, as: UTF8.self) }
    }

    /// The values of a header, whatever the case of its name.
    public subscript(name: String) -> [String] {
        self.headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.text)
    }

    /// - Throws: ``TestWorkerError/Code/malformedResponse``.
    init(_ context: ByteBuffer) throws(TestWorkerError) {
        self.status = 0
        self.headers = []
        var reader = MessageReader(context)
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (1, .varint(let status)): self.status = Int(truncatingIfNeeded: status)
            case (2, .bytes(let entry)): try self.addHeader(entry)
            default: continue
            }
        }
    }

    private mutating func addHeader(_ entry: ByteBuffer) throws(TestWorkerError) {
        var name = ""
        var values: [[UInt8]] = []
        var reader = MessageReader(entry)
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (1, .bytes(let bytes)): name = String(buffer: bytes)
            case (2, .bytes(let list)):
                var list = MessageReader(list)
                while case (1, .bytes(let value))? = try list.next() { values.append(Array(value.readableBytesView)) }
            default: continue
            }
        }
        // RoadRunner's map keeps one entry per name: a second one replaces the first.
        self.headers.removeAll { $0.name == name }
        self.headers += values.map { Header(name: name, value: $0) }
    }
}

/// A complete answer.
public struct TestResponse: Sendable {
    /// The heads of informational responses (1xx) that came before.
    public let informational: [TestResponseHead]
    /// Status and headers, from the first frame of the final response.
    public let head: TestResponseHead
    /// The bodies of all frames, one after the other.
    public let body: ByteBuffer
    /// The final response's frames, as they came.
    public let frames: [Frame]
    /// What the contexts of later frames say: trailers.
    public let trailers: [TestResponseHead.Header]

    /// The status code.
    public var status: Int { self.head.status }
    /// The body as text.
    public var text: String { String(buffer: self.body) }
    /// Whether it came in several frames.
    public var isStreamed: Bool { self.frames.count > 1 }
}

/// Reads the fields of a protobuf message.
private struct MessageReader {
    enum Field {
        case varint(UInt64)
        case bytes(ByteBuffer)
    }

    private var rest: ByteBuffer

    init(_ message: ByteBuffer) { self.rest = message }

    mutating func next() throws(TestWorkerError) -> (UInt64, Field)? {
        guard self.rest.readableBytes > 0 else { return nil }
        let tag = try self.varint()
        switch tag & 7 {
        case 0: return (tag >> 3, .varint(try self.varint()))
        case 2:
            let length = try self.varint()
            guard length <= UInt64(self.rest.readableBytes), let bytes = self.rest.readSlice(length: Int(length)) else {
                throw TestWorkerError(.malformedResponse, "the context of a response ends in the middle of a field")
            }
            return (tag >> 3, .bytes(bytes))
        default:
            throw TestWorkerError(.malformedResponse, "the context of a response has a field of an unexpected type")
        }
    }

    private mutating func varint() throws(TestWorkerError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = self.rest.readInteger(as: UInt8.self) else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw TestWorkerError(.malformedResponse, "the context of a response has a malformed number")
    }
}
