import HTTPTypes
public import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Encodes the values that handlers return as JSON, with dates as ISO 8601 strings, as Hummingbird's own contexts do.
///
/// It keeps one `JSONEncoder` for all requests: creating one for each costs more than encoding a small value. Contexts that want
/// other options have their own encoder:
///
/// ```swift
/// static let encoder = JSONEncoder()
///
/// var responseEncoder: JSONEncoder { Self.encoder }
/// ```
public struct JSONResponseEncoder: ResponseEncoder {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }()

    /// Creates an encoder.
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
    /// An encoder of JSON.
    public var responseEncoder: JSONResponseEncoder { JSONResponseEncoder() }
}
