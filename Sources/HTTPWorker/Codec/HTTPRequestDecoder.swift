import HTTPTypes
import Hummingbird
import NIOCore
import RoadRunnerRuntime

/// Decodes `http.v1.Request`, by hand since it is the most frequent message. Belongs to one thread.
///
/// Sources: field numbers from RoadRunner's `http/v1/http.proto`; the header lines, cookies and bodies that it fills in from
/// recordings of v2025.1.
struct HTTPRequestDecoder {
    /// The maximum number of header lines; more are refused (431). The HTTP types of the ecosystem trap at 65,535.
    static let maximumHeaderLines = 4096

    private var names = HeaderNameCache()
    private var lines = HeaderLineCache()
    private var sets = HeaderSetCache()
    private var addresses = TextCache()
    private var protocols = TextCache()
    /// Makes bodies whose client can be watched; nil while there is none.
    var bodies: RequestBodySource?
    // The lines of the current request: those that are remembered, and the others.
    private var known = HeaderSet()
    private var others: [(line: UnsafeRawBufferPointer, place: HeaderLineCache.Place?)] = []

    mutating func decode(_ payload: Payload) throws -> DecodedRequest {
        return try payload.context.withUnsafeReadableBytes { bytes in
            do {
                return try self.decode(bytes, body: payload.body)
            } catch let error as ProtobufError {
                throw RequestDecodingError("the context is not a valid http.v1.Request: \(error)")
            }
        }
    }

    /// Ends a request: the parts of its head that must not be remembered are removed. Copies of the head that are still in use
    /// stay as they are.
    mutating func ended(_ loan: HeaderSetCache.Loan) { self.sets.takeBack(loan) }

    /// The simple fields of a request.
    private struct Fields {
        var method = UnsafeRawBufferPointer(start: nil, count: 0)
        var uri = UnsafeRawBufferPointer(start: nil, count: 0)
        var isParsed = false
    }

    private mutating func decode(_ bytes: UnsafeRawBufferPointer, body: ByteBuffer) throws -> DecodedRequest {
        var fields = Fields()
        var info = RequestInfo.Storage()
        self.known.removeAll()
        if !self.others.isEmpty { self.others.removeAll(keepingCapacity: true) }
        var reader = ProtobufReader(bytes)
        while true {
            if let (tag, bytes) = reader.nextShort() {
                if tag >> 3 == 5 {
                    self.noteHeader(bytes)
                } else {
                    try self.note(.bytes(bytes), number: UInt64(tag >> 3), &fields, &info)
                }
                continue
            }
            guard let (number, field) = try reader.next() else { break }
            if number == 5 {
                self.noteHeader(try field.bytes(of: number))
            } else {
                try self.note(field, number: number, &fields, &info)
            }
        }
        let loan = try self.sets.lend(self.known, of: self.lines, method: fields.method, uri: fields.uri)
        if !self.others.isEmpty {
            var headers = self.sets.takeFields(of: loan)
            do {
                try self.decodeOthers(into: &headers)
            } catch {
                self.sets.putBack(headers, to: loan)
                self.sets.takeBack(loan)
                throw error
            }
            self.sets.putBack(headers, to: loan)
        }
        if let scheme = self.sets.scheme(of: loan) { info.scheme = scheme }
        if let authority = self.sets.authority(of: loan) { info.authority = authority }
        if fields.isParsed { info.parsedForm = body }
        return DecodedRequest(
            subject: HTTPSubject(
                request: Request(
                    head: self.sets.head(of: loan),
                    body: fields.isParsed ? self.parsedBody() : self.bodies?.body(body) ?? RequestBody(buffer: body)),
                info: RequestInfo(info)),
            loan: loan
        )
    }

    private func parsedBody() -> RequestBody {
        self.bodies?.body(ParsedBody()) ?? RequestBody(asyncSequence: ParsedBody())
    }

    private mutating func note(
        _ field: ProtobufReader.Field, number: UInt64, _ fields: inout Fields, _ info: inout RequestInfo.Storage
    ) throws {
        switch number {
        case 1: info.remoteAddress = self.addresses.text(of: try field.bytes(of: number))
        case 2: info.protocolVersion = self.protocols.text(of: try field.bytes(of: number))
        case 3: fields.method = try field.bytes(of: number)
        case 4: fields.uri = try field.bytes(of: number)
        case 8: if case .varint(let value) = field { fields.isParsed = value != 0 }
        case 9: info.uploads = ByteBuffer(bytes: try field.bytes(of: number))
        case 10: try Self.decodeAttribute(field.bytes(of: number), into: &info.attributes)
        // 6, the cookies, and 7, the query, are in the Cookie header and the URI, unchanged by RoadRunner.
        default: return
        }
    }

    /// Most lines are remembered: they are found by their bytes, and need no decoding.
    @inline(__always)
    private mutating func noteHeader(_ line: UnsafeRawBufferPointer) {
        let place = self.lines.place(of: line)
        if let place, let number = self.lines.number(of: line, at: place), self.known.insert(number) { return }
        self.others.append((line, place))
    }

    private mutating func decodeOthers(into headers: inout HTTPFields) throws {
        for (line, place) in self.others {
            let entry = try HeaderEntry(line)
            // RoadRunner refuses invalid names; another peer may be less strict.
            guard let known = self.names.name(entry.name) else { continue }
            let first = headers.count
            try entry.forEachValue { value in
                guard headers.count <= Self.maximumHeaderLines else { return }
                headers.append(
                    value.isASCII
                        ? HTTPField(name: known.name, value: value.text) : HTTPField(name: known.name, lenientValue: value))
            }
            if headers.count == first + 1, let place, known.isPublic { self.lines.remember(headers[first], at: place, for: line) }
        }
        guard headers.count <= Self.maximumHeaderLines else {
            throw RequestDecodingError(
                "the request has more than \(Self.maximumHeaderLines) header lines", status: .requestHeaderFieldsTooLarge,
                isClients: true)
        }
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

/// Replaces the bytes of a form that RoadRunner has parsed.
private struct ParsedBody: AsyncSequence, AsyncIteratorProtocol, Sendable {
    func next() async throws -> ByteBuffer? { throw FormError.bodyIsParsed() }
    func makeAsyncIterator() -> Self { self }
}

extension UnsafeRawBufferPointer {
    var text: String { String(decoding: self, as: UTF8.self) }

    /// Checks eight bytes at a time.
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
