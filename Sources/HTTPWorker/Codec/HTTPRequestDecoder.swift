import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime

/// Why RoadRunner's description of a request could not be understood.
struct RequestDecodingError: Error, CustomStringConvertible {
    let description: String
    /// What the client is told.
    let status: HTTPResponse.Status
    /// Whether a client can bring it about.
    let isClients: Bool

    init(_ description: String, status: HTTPResponse.Status = .badRequest, isClients: Bool = false) {
        self.description = description
        self.status = status
        self.isClients = isClients
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

    /// More lines than this are not looked up as a set.
    private static let maximumSetSize = 64

    private var names = HeaderNameCache()
    private var lines = HeaderLineCache()
    private var sets = HeaderSetCache()
    // Of the request in hand: the lines that are remembered, and those that are not.
    private var places: [HeaderLineCache.Place] = []
    private var others: [(line: UnsafeRawBufferPointer, place: HeaderLineCache.Place?)] = []

    mutating func decode(_ payload: Payload) throws -> DecodedRequest {
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
        self.places.removeAll(keepingCapacity: true)
        self.others.removeAll(keepingCapacity: true)
        var info = RequestInfo.Storage()
        var isParsed = false

        var reader = ProtobufReader(bytes)
        while let (number, field) = try reader.next() {
            switch number {
            case 5: self.noteHeader(try field.bytes(of: number))
            case 1: info.remoteAddress = try field.string(of: number)
            case 2: info.protocolVersion = try field.string(of: number)
            case 3: method = try field.string(of: number)
            case 4: uri = try field.bytes(of: number)
            case 8: if case .varint(let value) = field { isParsed = value != 0 }
            case 9: info.uploads = ByteBuffer(bytes: try field.bytes(of: number))
            case 10: try Self.decodeAttribute(field.bytes(of: number), into: &info.attributes)
            // 6, the cookies, and 7, the query, are in the Cookie header and the URI, unchanged by RoadRunner.
            default: continue
            }
        }
        let headers = try self.decodeHeaders()
        guard let method = HTTPRequest.Method(method) else {
            throw RequestDecodingError("\"\(method)\" is not an HTTP method")
        }
        let target = RequestTarget(uri)
        // HTTP/2's `:authority` may be anything: the path would begin within it, elsewhere than where RoadRunner's middleware saw it.
        if target.isAmbiguous || target.authority.map({ !HostAndPort.isAuthority($0.utf8) }) ?? false {
            throw RequestDecodingError("the host of the request is none", isClients: true)
        }
        if let scheme = target.scheme { info.scheme = scheme }
        if let authority = target.authority { info.authority = authority }
        if isParsed { info.parsedForm = body }
        let head = HTTPRequest(
            method: method, scheme: target.scheme, authority: target.authority, path: target.path, headerFields: headers)
        return DecodedRequest(
            request: Request(
                head: head, body: isParsed ? RequestBody(asyncSequence: ParsedBody()) : RequestBody(buffer: body)),
            info: RequestInfo(info)
        )
    }

    /// Most lines are remembered: their bytes say where, and nothing of them has to be decoded.
    private mutating func noteHeader(_ line: UnsafeRawBufferPointer) {
        let place = self.lines.place(of: line)
        if let place, self.places.count < Self.maximumSetSize, self.lines.has(line, at: place) {
            var index = self.places.endIndex
            while index > 0, place < self.places[index - 1] { index -= 1 }
            self.places.insert(place, at: index)
        } else {
            self.others.append((line, place))
        }
    }

    private mutating func decodeHeaders() throws -> HTTPFields {
        var headers = self.sets.fields(at: self.places, of: self.lines)
        for (line, place) in self.others {
            let entry = try HeaderEntry(line)
            // RoadRunner has refused names that are none; whatever else talks to us may be less strict.
            guard let name = self.names.name(entry.name) else { continue }
            let first = headers.count
            try entry.forEachValue { value in
                guard headers.count <= Self.maximumHeaderLines else { return }
                headers.append(
                    value.isASCII ? HTTPField(name: name, value: value.text) : HTTPField(name: name, lenientValue: value))
            }
            if headers.count == first + 1, let place {
                self.lines.remember(headers[first], at: place, for: line)
            }
        }
        guard headers.count <= Self.maximumHeaderLines else {
            throw RequestDecodingError(
                "the request has more than \(Self.maximumHeaderLines) header lines", status: .requestHeaderFieldsTooLarge,
                isClients: true)
        }
        return headers
    }

    private static func decodeAttribute(
        _ bytes: UnsafeRawBufferPointer, into attributes: inout [String: [String]]
    ) throws(ProtobufError) {
        let entry = try HeaderEntry(bytes)
        var values: [String] = []
        try entry.forEachValue { value in values.append(value.text) }
        attributes[entry.name.text] = values
    }
}

/// In place of the bytes of a form that RoadRunner has parsed.
private struct ParsedBody: AsyncSequence, AsyncIteratorProtocol, Sendable {
    func next() async throws -> ByteBuffer? { throw FormError.bodyIsParsed() }
    func makeAsyncIterator() -> Self { self }
}

extension UnsafeRawBufferPointer {
    var text: String { String(decoding: self, as: UTF8.self) }

    /// Eight bytes at a time.
    fileprivate var isASCII: Bool {
        var index = 0
        while index &+ 8 <= self.count {
            if self.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { return false }
            index &+= 8
        }
        while index < self.count {
            if self[index] >= 0x80 { return false }
            index &+= 1
        }
        return true
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
    /// RoadRunner writes a path always: a query right behind the host was a part of the host.
    var isAmbiguous = false

    init(_ uri: UnsafeRawBufferPointer) {
        var start = 0
        let slash = UInt8(ascii: "/")
        // The first colon ends the scheme, if two slashes follow.
        var colon = 0
        while colon < uri.count, uri[colon] != UInt8(ascii: ":"), uri[colon] != slash { colon += 1 }
        if colon + 2 < uri.count, uri[colon] == UInt8(ascii: ":"), uri[colon + 1] == slash, uri[colon + 2] == slash {
            self.scheme = UnsafeRawBufferPointer(rebasing: uri[..<colon]).text
            start = colon + 3
            var end = start
            while end < uri.count, uri[end] != slash, uri[end] != UInt8(ascii: "?") { end += 1 }
            if end > start { self.authority = UnsafeRawBufferPointer(rebasing: uri[start..<end]).text }
            start = end
            self.isAmbiguous = end < uri.count && uri[end] != slash
        }
        let path = UnsafeRawBufferPointer(rebasing: uri[start...]).text
        self.path = start < uri.count && uri[start] == slash ? path : "/" + path
    }
}
