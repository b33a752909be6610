import HTTPTypes
import NIOCore

/// Writes `http.v1.Response`: the context of the first frame of a response.
enum HTTPResponseEncoder {
    typealias ContentLength = ResponseStateMachine.ContentLength

    /// - Parameters:
    ///   - fields: the header lines. Lines of one name become one entry with several values, in order.
    ///   - contentLength: the value to write for `Content-Length`, overriding `fields`.
    static func encode(
        status: Int, _ fields: HTTPFields, contentLength: ContentLength, into buffer: inout ByteBuffer
    ) {
        buffer.writeStatus(status)
        fields.forEachName { first, more in
            // Go would add a second one; it chooses the encoding itself.
            if first.name == .transferEncoding { return }
            if first.name == .contentLength, contentLength != .keep { return }
            if first.name == .trailer { return buffer.writeEntry(key: first.name.rawName, fields.trailerLine, []) }
            buffer.writeEntry(key: first.name.rawName, first, more)
        }
        if case .set(let length) = contentLength {
            let field = HTTPField(name: .contentLength, value: String(length))
            buffer.writeEntry(key: field.name.rawName, field, [])
        }
    }

    /// Writes a context in place, if its head is simple, as nearly all are: a handful of lines, unique names, and no special
    /// cases.
    ///
    /// - Returns: the number of bytes written; nil if the head is not simple, or does not fit.
    static func encodePlain(
        status: Int, _ fields: HTTPFields, contentLength: ContentLength, into memory: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let count = fields.count
        guard count <= 16, memory.count >= MessageWriter.lengthLineSize else { return nil }
        var message = MessageWriter(memory)
        message.writeStatus(status)
        // Names of different lengths are different.
        var lengths: UInt64 = 0
        for index in 0..<count {
            let field = fields[index]
            let length = field.name.canonicalName.utf8.count
            switch length {
            case 7 where field.name == .trailer, 17 where field.name == .transferEncoding: return nil
            case 14 where field.name == .contentLength && contentLength != .keep: continue
            default: break
            }
            let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: length & 63)
            if lengths & bit != 0 {
                for earlier in 0..<index where fields[earlier].name == field.name { return nil }
            }
            lengths |= bit
            guard message.writeEntryIfItFits(field) else { return nil }
        }
        if case .set(let length) = contentLength {
            guard message.remaining >= MessageWriter.lengthLineSize else { return nil }
            message.writeContentLength(length)
        }
        return message.count
    }

    /// Writes the context of a last frame that carries trailers: RoadRunner passes keys with this prefix to Go, which sends them
    /// after the body. The status must be valid, but is not sent again.
    static func encode(status: Int, trailers: HTTPFields, into buffer: inout ByteBuffer) {
        buffer.writeStatus(status)
        Self.encodeTrailers(trailers, into: &buffer)
    }

    static func encodeTrailers(_ trailers: HTTPFields, into buffer: inout ByteBuffer) {
        trailers.forEachName { first, more in
            buffer.writeEntry(key: "Trailer:" + first.name.rawName, first, more)
        }
    }
}

/// Writes protobuf into reserved memory.
private struct MessageWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    var remaining: Int { self.memory.count &- self.count }
    /// The room that the longest line of `Content-Length`, or a status, needs.
    static let lengthLineSize = 64

    /// Writes field 1, the status.
    mutating func writeStatus(_ status: Int) {
        self.writeByte(0x08)
        self.writeVarint(UInt64(max(0, status)))
    }

    /// Writes field 2, an entry of the headers: key (1) and value list (2), up to the list's elements.
    mutating func writeEntryHead(key: UnsafeBufferPointer<UInt8>, listLength: Int) {
        let entryLength = 1 + varintLength(key.count) + key.count + 1 + varintLength(listLength) + listLength
        self.writeByte(0x12)
        self.writeVarint(UInt64(entryLength))
        self.writeByte(0x0A)
        self.writeVarint(UInt64(key.count))
        self.write(UnsafeRawBufferPointer(key))
        self.writeByte(0x12)
        self.writeVarint(UInt64(listLength))
    }

    mutating func writeListElement(_ field: HTTPField) {
        field.withUnsafeBytesOfValue { value in
            self.writeByte(0x0A)
            self.writeVarint(UInt64(value.count))
            self.write(UnsafeRawBufferPointer(value))
        }
    }

    /// Writes an entry with one value.
    @inline(__always)
    mutating func writeEntryIfItFits(_ field: HTTPField) -> Bool {
        field.withUnsafeBytesOfValue { value in
            var name = field.name.rawName
            return name.withUTF8 { key in
                // Tags and lengths take 33 bytes at most.
                guard self.remaining >= key.count &+ value.count &+ 33 else { return false }
                self.writeEntryHead(key: key, listLength: 1 &+ varintLength(value.count) &+ value.count)
                self.writeByte(0x0A)
                self.writeVarint(UInt64(value.count))
                self.write(UnsafeRawBufferPointer(value))
                return true
            }
        }
    }

    mutating func writeContentLength(_ length: Int) {
        var name = HTTPField.Name.contentLength.rawName
        var text = String(length)
        name.withUTF8 { key in
            text.withUTF8 { value in
                self.writeEntryHead(key: key, listLength: 2 + value.count)
                self.writeByte(0x0A)
                self.writeVarint(UInt64(value.count))
                self.write(UnsafeRawBufferPointer(value))
            }
        }
    }

    @inline(__always)
    private mutating func writeByte(_ byte: UInt8) {
        precondition(self.count < self.memory.count, "the size of a message was underestimated")
        self.memory[self.count] = byte
        self.count &+= 1
    }

    @inline(__always)
    private mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.writeByte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.writeByte(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= self.memory.count - self.count, "the size of a message was underestimated")
        guard let source = bytes.baseAddress, let target = self.memory.baseAddress else { return }
        (target + self.count).copyMemory(from: source, byteCount: bytes.count)
        self.count &+= bytes.count
    }
}

@inline(__always)
private func varintLength(_ value: Int) -> Int {
    if value < 0x80 { return 1 }
    var rest = UInt64(value) >> 7
    var length = 1
    while rest > 0 {
        rest >>= 7
        length += 1
    }
    return length
}

extension ByteBuffer {
    fileprivate mutating func writeStatus(_ status: Int) {
        self.writeMessage(largestSize: 11) { $0.writeStatus(status) }
    }

    fileprivate mutating func writeEntry(key: String, _ first: HTTPField, _ more: [HTTPField]) {
        var key = key
        var listLength = first.sizeInList
        for field in more { listLength += field.sizeInList }
        key.withUTF8 { key in
            // Two tags and lengths around key and list, of eleven bytes at most, and one around both.
            self.writeMessage(largestSize: key.count + listLength + 33) { message in
                message.writeEntryHead(key: key, listLength: listLength)
                message.writeListElement(first)
                for field in more { message.writeListElement(field) }
            }
        }
    }

    private mutating func writeMessage(largestSize: Int, _ write: (inout MessageWriter) -> Void) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: largestSize) { memory in
            var writer = MessageWriter(memory)
            write(&writer)
            return writer.count
        }
    }
}

extension HTTPField {
    fileprivate var sizeInList: Int {
        self.withUnsafeBytesOfValue { 1 + varintLength($0.count) + $0.count }
    }
}

extension HTTPFields {
    /// The names of trailers, as the lines of this head spell them: RoadRunner looks them up case-sensitively.
    fileprivate var trailerLine: HTTPField {
        // RoadRunner could not look up an invalid name.
        let names = HeaderList(self[values: .trailer]).compactMap { HTTPField.Name(String($0)) }.map { name in
            self.first { $0.name == name }?.name.rawName ?? name.rawName
        }
        return HTTPField(name: .trailer, value: names.joined(separator: ", "))
    }

    /// Calls `body` once per name, in the order of the first lines, with all lines of that name.
    fileprivate func forEachName(_ body: (_ first: HTTPField, _ more: [HTTPField]) -> Void) {
        // A handful of lines is compared pairwise; for many lines that would take quadratic time.
        guard self.count <= 32 else { return self.forEachGroup(body) }
        for index in 0..<self.count {
            let field = self[index]
            var isFirst = true
            for earlier in 0..<index where self[earlier].name == field.name { isFirst = false }
            guard isFirst else { continue }
            var more: [HTTPField] = []
            for later in (index + 1)..<self.count where self[later].name == field.name { more.append(self[later]) }
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
