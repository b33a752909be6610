public import Hummingbird
import HTTPTypes
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Encodes what handlers return as JSON, with dates as ISO 8601 texts, as Hummingbird's own contexts do.
///
/// It keeps one `JSONEncoder` for all requests: to make one for each costs more than to encode a small value. Contexts that want
/// other options have an encoder of their own:
///
/// ```swift
/// var responseEncoder: JSONEncoder { … }
/// ```
public struct JSONResponseEncoder: ResponseEncoder {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }()

    public init() {}

    public func encode(_ value: some Encodable, from request: Request, context: some RequestContext) throws -> Response {
        let buffer = ByteBuffer(bytes: try Self.encoder.encode(value))
        var headers = HTTPFields()
        headers.reserveCapacity(4)
        headers[.contentType] = "application/json; charset=utf-8"
        headers[.contentLength] = "\(buffer.readableBytes)"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: buffer))
    }
}

extension RoadRunnerRequestContext where Encoder == JSONResponseEncoder {
    /// JSON.
    public var responseEncoder: JSONResponseEncoder { JSONResponseEncoder() }
}
