import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime

/// Why RoadRunner's description of a request could not be understood.
struct RequestDecodingError: Error, CustomStringConvertible {
    let description: String
    /// What the client is told.
    let status: HTTPResponse.Status

    init(_ description: String, status: HTTPResponse.Status = .badRequest) {
        self.description = description
        self.status = status
    }
}

/// A request as RoadRunner describes it, on Hummingbird's types.
struct DecodedRequest {
    var request: Request
    var info: RequestInfo
}

/// Decodes `http.v1.Request`, by hand since it is the hottest message of all. Belongs to one thread.
///
/// Evidence: field numbers from RoadRunner's `http/v1/http.proto`; which header lines, cookies and bodies it fills in from
/// recordings of v2025.1.
struct HTTPRequestDecoder {
    /// More header lines than this are refused (431). The HTTP types of the ecosystem trap at 65,535.
    static let maximumHeaderLines = 4096

    private var names = HeaderNameCache()

    mutating func decode(_ payload: Payload) throws -> DecodedRequest {
        if let defect = payload.defect { throw RequestDecodingError(defect) }
        return try payload.context.withUnsafeReadableBytes { bytes in
            do {
                return try self.decode(bytes, body: payload.body)
            } catch let error as ProtobufError {
                throw RequestDecodingError("the context is not an http.v1.Request: \(error)")
            }
        }
    }

    private mutating func decode(_ bytes: UnsafeRawBufferPointer, body: ByteBuffer) throws -> DecodedRequest {
        var method = ""
        var uri = UnsafeRawBufferPointer(start: nil, count: 0)
        var headers = HTTPFields()
        headers.reserveCapacity(16)
        var info = RequestInfo.Storage()

        var reader = ProtobufReader(bytes)
        while let (number, field) = try reader.next() {
            switch number {
            case 1: info.remoteAddress = try field.string(of: number)
            case 2: info.protocolVersion = try field.string(of: number)
            case 3: method = try field.string(of: number)
            case 4: uri = try field.bytes(of: number)
            case 5: try self.decodeHeader(field.bytes(of: number), into: &headers)
            case 8: if case .varint(let value) = field { info.isParsed = value != 0 }
            case 9: info.uploads = ByteBuffer(bytes: try field.bytes(of: number))
            case 10: try Self.decodeAttribute(field.bytes(of: number), into: &info.attributes)
            // 6, the cookies, and 7, the query, are in the Cookie header and the URI, unchanged by RoadRunner.
            default: continue
            }
        }

        guard let method = HTTPRequest.Method(method) else {
            throw RequestDecodingError("\"\(method)\" is not an HTTP method")
        }
        let target = RequestTarget(uri)
        let head = HTTPRequest(
            method: method, scheme: target.scheme, authority: target.authority, path: target.path, headerFields: headers)
        return DecodedRequest(
            request: Request(head: head, body: RequestBody(buffer: body)),
            info: RequestInfo(info)
        )
    }

    private mutating func decodeHeader(_ entry: UnsafeRawBufferPointer, into headers: inout HTTPFields) throws {
        var name: HTTPField.Name?
        var isFull = false
        try entry.readHeaderEntry {
            name = self.names.name($0)
        } value: {
            // RoadRunner has refused names that are none; a proxy in front of it may be less strict, so they are left out.
            guard let name else { return }
            guard headers.count < Self.maximumHeaderLines else { return isFull = true }
            headers.append(HTTPField(name: name, lenientValue: $0))
        }
        if isFull {
            throw RequestDecodingError(
                "the request has more than \(Self.maximumHeaderLines) header lines", status: .requestHeaderFieldsTooLarge)
        }
    }

    private static func decodeAttribute(
        _ entry: UnsafeRawBufferPointer, into attributes: inout [String: [String]]
    ) throws(ProtobufError) {
        var name = ""
        var values: [String] = []
        try entry.readHeaderEntry {
            name = String(decoding: $0, as: UTF8.self)
        } value: {
            values.append(String(decoding: $0, as: UTF8.self))
        }
        attributes[name] = values
    }
}

/// The parts of the absolute URI that RoadRunner puts together: `http://HOST/PATH?QUERY`.
private struct RequestTarget {
    /// `https` only where RoadRunner itself terminates TLS.
    var scheme: String?
    /// The `Host` header; nil where the client sent none (HTTP/1.0).
    var authority: String?
    /// Path and query, as received.
    var path: String

    init(_ uri: UnsafeRawBufferPointer) {
        var rest = uri[...]
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")), rest[colon...].starts(with: "://".utf8) {
            self.scheme = String(decoding: rest[..<colon], as: UTF8.self)
            rest = rest[(colon + 3)...]
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            if end > rest.startIndex { self.authority = String(decoding: rest[..<end], as: UTF8.self) }
            rest = rest[end...]
        }
        self.path = String(decoding: rest, as: UTF8.self)
        if rest.first != UInt8(ascii: "/") { self.path = "/" + self.path }
    }
}
