import HTTPTypes
public import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// JSON that is sent while it is produced: existing values, and sequences of values to come, nested in objects.
///
/// ```swift
/// Response.json(streaming: .object([
///     "total": .value(count),
///     "rows": .array(rows),          // an AsyncSequence of Encodable values
/// ]))
/// ```
public struct JSONStream: Sendable {
    private enum Node: Sendable {
        case value(@Sendable (JSONEncoder) throws -> Data)
        case array(@Sendable @concurrent (JSONEncoder, JSONElements) async throws -> Void)
        case object([(name: String, value: JSONStream)])
    }

    private let node: Node

    /// A value that exists already.
    public static func value(_ value: some Encodable & Sendable) -> JSONStream {
        JSONStream(node: .value { try $0.encode(value) })
    }

    /// An array whose elements arrive one after the other. Each is sent as soon as it arrives.
    public static func array<Elements: AsyncSequence & Sendable>(_ elements: Elements) -> JSONStream
    where Elements.Element: Encodable & Sendable {
        JSONStream(
            node: .array { encoder, writer in
                for try await element in elements { try await writer.write(element: try encoder.encode(element)) }
            })
    }

    /// An object, whose entries are sent in this order. Names should be unique.
    public static func object(_ entries: KeyValuePairs<String, JSONStream>) -> JSONStream {
        JSONStream(node: .object(entries.map { (name: $0.key, value: $0.value) }))
    }

    @concurrent
    fileprivate func write(to output: JSONOutput, _ encoder: JSONEncoder) async throws {
        switch self.node {
        case .value(let encode):
            output.append(try encode(encoder))
        case .array(let write):
            output.append("[")
            try await write(encoder, JSONElements(output: output))
            output.append("]")
        case .object(let entries):
            output.append("{")
            for (index, entry) in entries.enumerated() {
                if index > 0 { output.append(",") }
                output.append(try encoder.encode(entry.name))
                output.append(":")
                try await entry.value.write(to: output, encoder)
            }
            output.append("}")
        }
    }
}

extension Response {
    /// Responds with JSON that is sent while it is produced.
    ///
    /// An error after the first bytes cuts the body off: the client sees that the JSON is incomplete.
    ///
    /// - Parameters:
    ///   - json: the JSON to send.
    ///   - encoder: creates the encoder. The default writes dates as Hummingbird's contexts do (ISO 8601).
    public static func json(
        streaming json: JSONStream, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:],
        encoder: @escaping @Sendable () -> JSONEncoder = Self.defaultJSONEncoder
    ) -> Response {
        Self.streaming("application/json; charset=utf-8", status: status, headers: headers) { output in
            try await json.write(to: output, encoder())
        }
    }

    /// Responds with a JSON array whose elements are sent as they arrive.
    public static func json<Elements: AsyncSequence & Sendable>(
        streaming elements: Elements, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:],
        encoder: @escaping @Sendable () -> JSONEncoder = Self.defaultJSONEncoder
    ) -> Response where Elements.Element: Encodable & Sendable {
        Self.json(streaming: .array(elements), status: status, headers: headers, encoder: encoder)
    }

    /// Responds with one JSON value per line (NDJSON), sent as they arrive.
    public static func ndjson<Elements: AsyncSequence & Sendable>(
        streaming elements: Elements, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:],
        encoder: @escaping @Sendable () -> JSONEncoder = Self.defaultJSONEncoder
    ) -> Response where Elements.Element: Encodable & Sendable {
        Self.streaming("application/x-ndjson; charset=utf-8", status: status, headers: headers) { output in
            let encoder = encoder()
            // The format consists of lines: no value may contain a line break.
            encoder.outputFormatting.remove(.prettyPrinted)
            for try await element in elements {
                output.append(try encoder.encode(element))
                output.append("\n")
                try await output.flush()
            }
        }
    }

    /// Creates an encoder that writes dates as Hummingbird's contexts do (ISO 8601).
    @Sendable public static func defaultJSONEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    private static func streaming(
        _ contentType: String, status: HTTPResponse.Status, headers: HTTPFields,
        _ write: @escaping @Sendable @concurrent (JSONOutput) async throws -> Void
    ) -> Response {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = contentType }
        return Response(
            status: status, headers: headers,
            body: ResponseBody { writer in
                let output = JSONOutput(writer)
                try await write(output)
                try await output.flush()
                try await writer.finish(nil)
            })
    }
}

/// Writes the elements of an array.
private final class JSONElements {
    private let output: JSONOutput
    private var isFirst = true

    init(output: JSONOutput) { self.output = output }

    @concurrent
    func write(element: Data) async throws {
        if !self.isFirst { self.output.append(",") }
        self.isFirst = false
        self.output.append(element)
        try await self.output.flush()
    }
}

/// Buffers small parts, and writes them together. Used only by the task of one body.
private final class JSONOutput {
    private var writer: any ResponseBodyWriter
    private var buffer = ByteBuffer()

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    func append(_ text: StaticString) { self.buffer.writeStaticString(text) }
    func append(_ data: Data) { self.buffer.writeBytes(data) }

    @concurrent
    func flush() async throws {
        guard self.buffer.readableBytes > 0 else { return }
        let buffer = self.buffer
        self.buffer = ByteBuffer()
        try await self.writer.write(buffer)
    }
}
