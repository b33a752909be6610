import NIOCore

/// Takes a multipart body apart (RFC 2046, section 5.1.1). A value without I/O: it is fed bytes and says what they are.
///
/// It keeps no more than a part's header lines, or what may be the beginning of a delimiter.
struct MultipartParser {
    enum Event: Equatable {
        /// A part begins; its header lines as they are.
        case part([Substring])
        /// More bytes of the part.
        case data(ByteBuffer)
        case partEnd
        /// The closing delimiter was seen. What comes after it does not count.
        case end
    }

    private enum State { case preamble, headers, body, finished }

    /// Spaces after a delimiter, which gateways may add.
    private static let maximumPadding = 256

    /// `--` and the boundary.
    private let dashes: [UInt8]
    /// The same at the beginning of a line.
    private let delimiter: [UInt8]
    private let maximumHeaderBytes: Int
    private var state = State.preamble
    private var isAtPartStart = false
    private var buffer = ByteBuffer()

    /// - Parameter boundary: as in the request's `Content-Type`.
    init(boundary: String, maximumHeaderBytes: Int) {
        self.dashes = Array("--".utf8) + Array(boundary.utf8)
        self.delimiter = Array("\r\n".utf8) + self.dashes
        self.maximumHeaderBytes = maximumHeaderBytes
    }

    mutating func feed(_ bytes: ByteBuffer) {
        guard self.buffer.readableBytes > 0 else {
            self.buffer = bytes
            return
        }
        var joined = ByteBufferAllocator().buffer(capacity: self.buffer.readableBytes + bytes.readableBytes)
        joined.writeImmutableBuffer(self.buffer)
        joined.writeImmutableBuffer(bytes)
        self.buffer = joined
    }

    /// The next event; nil when more bytes are needed.
    mutating func next() throws(FormError) -> Event? {
        switch self.state {
        case .preamble: return try self.nextInPreamble()
        case .headers: return try self.nextInHeaders()
        case .body: return self.nextInBody()
        case .finished: return nil
        }
    }

    /// The body is over.
    func checkComplete() throws(FormError) {
        guard self.state != .finished else { return }
        throw FormError(
            .malformed,
            self.state == .preamble
                ? "the multipart form has no part: its boundary is not in the body"
                : "the multipart form ends in the middle: its closing boundary is missing")
    }

    // MARK: States

    private mutating func nextInPreamble() throws(FormError) -> Event? {
        while true {
            switch self.match(self.dashes) {
            case .close: return self.finish()
            case .delimiter(let length):
                self.buffer.moveReaderIndex(forwardBy: length)
                self.state = .headers
                return try self.nextInHeaders()
            case .more: return nil
            case .other: break
            }
            // Another line of the preamble; it means nothing.
            let view = self.buffer.readableBytesView
            guard let newline = view.firstIndex(of: UInt8(ascii: "\n")) else {
                guard view.count <= self.maximumHeaderBytes else {
                    throw FormError(.malformed, "the multipart form does not begin with its boundary")
                }
                return nil
            }
            self.buffer.moveReaderIndex(to: newline + 1)
        }
    }

    private mutating func nextInHeaders() throws(FormError) -> Event? {
        var lines: [Substring] = []
        let view = self.buffer.readableBytesView
        var start = view.startIndex
        while true {
            guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")), end - view.startIndex < self.maximumHeaderBytes
            else {
                guard view.count < self.maximumHeaderBytes else {
                    throw FormError(
                        .tooLarge,
                        "the header lines of a part of the multipart form are longer than \(self.maximumHeaderBytes) bytes")
                }
                return nil
            }
            var line = view[start..<end]
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            start = end + 1
            if line.isEmpty { break }
            lines.append(Substring(decoding: line, as: UTF8.self))
        }
        self.buffer.moveReaderIndex(to: start)
        self.state = .body
        self.isAtPartStart = true
        return .part(lines)
    }

    private mutating func nextInBody() -> Event? {
        if self.isAtPartStart {
            // A part without bytes may have left out the line's end before the delimiter.
            switch self.match(self.dashes) {
            case .close, .delimiter: return self.endPart(skipping: 0)
            case .more: return nil
            case .other: self.isAtPartStart = false
            }
        }
        let view = self.buffer.readableBytesView
        var length = 0
        while let index = view[(view.startIndex + length)...].firstIndex(of: UInt8(ascii: "\r")) {
            length = index - view.startIndex
            switch self.match(self.delimiter, at: length) {
            case .other: length += 1
            case .more: return self.data(length)
            case .close, .delimiter:
                if length > 0 { return self.data(length) }
                // The delimiter itself is read as if it were the first one.
                return self.endPart(skipping: 2)
            }
        }
        return self.data(view.count)
    }

    private mutating func data(_ length: Int) -> Event? {
        guard length > 0, let slice = self.buffer.readSlice(length: length) else { return nil }
        return .data(slice)
    }

    private mutating func endPart(skipping length: Int) -> Event {
        self.buffer.moveReaderIndex(forwardBy: length)
        self.state = .preamble
        return .partEnd
    }

    private mutating func finish() -> Event {
        self.state = .finished
        self.buffer = ByteBuffer()
        return .end
    }

    // MARK: Delimiters

    private enum Match {
        /// `prefix`, and `--`.
        case close
        /// `prefix`, spaces, and the line's end: as many bytes.
        case delimiter(Int)
        /// It may still become one of these.
        case more
        case other
    }

    private func match(_ prefix: [UInt8], at offset: Int = 0) -> Match {
        let bytes = self.buffer.readableBytesView.dropFirst(offset)
        guard bytes.prefix(prefix.count).elementsEqual(prefix.prefix(bytes.count)) else { return .other }
        var rest = bytes.dropFirst(prefix.count)
        guard let first = rest.first else { return .more }
        if first == UInt8(ascii: "-") {
            guard let second = rest.dropFirst().first else { return .more }
            return second == UInt8(ascii: "-") ? .close : .other
        }
        var length = prefix.count
        while let byte = rest.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
            rest = rest.dropFirst()
            length += 1
            guard length - prefix.count <= Self.maximumPadding else { return .other }
        }
        guard let byte = rest.first else { return .more }
        guard byte == UInt8(ascii: "\r") else { return .other }
        guard let newline = rest.dropFirst().first else { return .more }
        return newline == UInt8(ascii: "\n") ? .delimiter(length + 2) : .other
    }
}
