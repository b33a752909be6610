import HTTPTypes
import NIOCore

/// Writes `http.v1.Response`: the context of the first frame of an answer.
enum HTTPResponseEncoder {
    /// - Parameters:
    ///   - fields: lines of one name become one entry with several values, in order.
    ///   - contentLength: what to write for `Content-Length`, whatever `fields` says.
    static func encode(
        status: Int, _ fields: HTTPFields, contentLength: ContentLength, into buffer: inout ByteBuffer
    ) {
        buffer.writeInteger(UInt8(0x08))  // 1: status, varint
        buffer.writeVarint(UInt64(max(0, status)))

        fields.forEachName { first, more in
            // Go would add a second one; it decides for itself.
            if first.name == .transferEncoding { return }
            if first.name == .contentLength, contentLength != .keep { return }
            Self.writeEntry(first.name.rawName, first, more, into: &buffer)
        }
        if case .set(let length) = contentLength {
            let field = HTTPField(name: .contentLength, value: String(length))
            Self.writeEntry(field.name.rawName, field, [], into: &buffer)
        }
    }

    enum ContentLength: Equatable {
        case keep
        case remove
        case set(Int)
    }

    /// Writes the context of a last frame that carries trailers: RoadRunner hands keys with this prefix to Go, which sends
    /// them after the body. The status has to be valid, but is not sent again.
    static func encode(status: Int, trailers: HTTPFields, into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(0x08))
        buffer.writeVarint(UInt64(max(0, status)))
        Self.encodeTrailers(trailers, into: &buffer)
    }

    static func encodeTrailers(_ trailers: HTTPFields, into buffer: inout ByteBuffer) {
        trailers.forEachName { first, more in
            Self.writeEntry("Trailer:" + first.name.rawName, first, more, into: &buffer)
        }
    }

    private static func writeEntry(_ key: String, _ first: HTTPField, _ more: [HTTPField], into buffer: inout ByteBuffer) {
        var listLength = first.sizeInList
        for field in more { listLength += field.sizeInList }
        Self.writeEntryHead(key, key.utf8.count, listLength, into: &buffer)
        Self.writeListElement(first, into: &buffer)
        for field in more { Self.writeListElement(field, into: &buffer) }
    }

    private static func writeListElement(_ field: HTTPField, into buffer: inout ByteBuffer) {
        field.withUnsafeBytesOfValue { value in
            buffer.writeInteger(UInt8(0x0A))
            buffer.writeVarint(UInt64(value.count))
            buffer.writeBytes(UnsafeRawBufferPointer(value))
        }
    }

    /// `2: headers`, an entry of key (1) and value list (2), up to the list's content.
    private static func writeEntryHead(_ key: String, _ keyLength: Int, _ listLength: Int, into buffer: inout ByteBuffer) {
        let entryLength = 1 + varintLength(keyLength) + keyLength + 1 + varintLength(listLength) + listLength
        buffer.writeInteger(UInt8(0x12))
        buffer.writeVarint(UInt64(entryLength))
        buffer.writeInteger(UInt8(0x0A))
        buffer.writeVarint(UInt64(keyLength))
        buffer.writeString(key)
        buffer.writeInteger(UInt8(0x12))
        buffer.writeVarint(UInt64(listLength))
    }
}

private func varintLength(_ value: Int) -> Int {
    var rest = UInt64(value) >> 7
    var length = 1
    while rest > 0 {
        rest >>= 7
        length += 1
    }
    return length
}

extension HTTPField {
    fileprivate var sizeInList: Int {
        self.withUnsafeBytesOfValue { 1 + varintLength($0.count) + $0.count }
    }
}

extension HTTPFields {
    /// Calls `body` once per name, in the order of the first lines, with all lines of that name.
    fileprivate func forEachName(_ body: (_ first: HTTPField, _ more: [HTTPField]) -> Void) {
        // A handful of lines is compared with each other; many would take the square of their number.
        guard self.count <= 32 else { return self.forEachGroup(body) }
        for index in self.indices {
            let field = self[index]
            if self[..<index].contains(where: { $0.name == field.name }) { continue }
            var more: [HTTPField] = []
            for other in self[(index + 1)...] where other.name == field.name { more.append(other) }
            body(field, more)
        }
    }

    private func forEachGroup(_ body: (_ first: HTTPField, _ more: [HTTPField]) -> Void) {
        let groups = Dictionary(grouping: self, by: \.name)
        var seen = Set<HTTPField.Name>()
        for field in self where seen.insert(field.name).inserted {
            body(field, Array(groups[field.name, default: []].dropFirst()))
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.writeInteger(UInt8(truncatingIfNeeded: rest))
    }
}
