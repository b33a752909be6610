import NIOCore

/// Parses a multipart body (RFC 2046, section 5.1.1). A value without I/O: bytes go in, events come out.
///
/// It accepts and refuses the same input as Go's `mime/multipart`, which reads forms in RoadRunner: folded header lines are
/// accepted, and lines that end in a line feed alone if the first delimiter does. It buffers no more than a part's header lines,
/// or the possible beginning of a delimiter.
struct MultipartParser {
    enum Event: Equatable {
        /// A part begins.
        case part([PartHeader])
        /// More bytes of the part were read.
        case data(ByteBuffer)
        case partEnd
        /// The closing delimiter was read. Anything after it is ignored.
        case end
    }

    private enum State {
        case preamble, headers, body
        /// At the line with the delimiter, or the empty one before it.
        case delimiter(isAfterEmptyLine: Bool)
        case finished
    }

    /// The maximum length of lines other than headers, which is the size of Go's buffer.
    private static let maximumLineBytes = 4096

    /// The delimiter: `--` and the boundary.
    private let dashes: [UInt8]
    private var newline = Array("\r\n".utf8)
    private let maximumHeaderBytes: Int
    private var state = State.preamble
    private var isAtPartStart = false
    private var buffer = ByteBuffer()
    /// The beginning of an incomplete line.
    private var line: [UInt8] = []
    private var headers = PartHeaderReader()
    private var headerBytes = 0

    /// - Parameter boundary: the boundary from the request's `Content-Type`.
    init(boundary: [UInt8], maximumHeaderBytes: Int) {
        self.dashes = Array("--".utf8) + boundary
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

    /// Returns the next event; nil when more bytes are needed.
    mutating func next() throws(FormError) -> Event? {
        while true {
            switch self.state {
            case .preamble, .delimiter:
                guard let line = try self.takeLine(Self.maximumLineBytes) else { return nil }
                guard try self.readDelimiter(line) else { continue }
                return .end
            case .headers:
                guard let line = try self.takeLine(self.maximumHeaderBytes - self.headerBytes) else { return nil }
                self.headerBytes += line.count
                guard let headers = try self.headers.read(Self.withoutEnd(line)) else { continue }
                self.state = .body
                self.isAtPartStart = true
                return .part(headers)
            case .body: return self.nextInBody()
            case .finished: return nil
            }
        }
    }

    /// Ends the body.
    mutating func finish() throws(FormError) {
        switch self.state {
        case .finished: return
        case .preamble, .delimiter:
            // The last line may lack its end.
            guard self.isClosingDelimiter(self.line) else { throw Self.incomplete(self.state) }
        case .body: throw Self.incomplete(self.state)
        case .headers:
            // A part that has only header lines does not count: Go takes that for the end.
            if !self.line.isEmpty { _ = try self.headers.read(self.line[...]) }
            try self.headers.finish()
        }
        self.state = .finished
    }

    private static func incomplete(_ state: State) -> FormError {
        if case .preamble = state {
            FormError(.malformed, "the multipart form has no parts: its boundary is not in the body")
        } else {
            FormError(.malformed, "the multipart form is incomplete: its closing boundary is missing")
        }
    }

    // MARK: Lines

    /// Returns the next line with its end; nil while it is incomplete.
    private mutating func takeLine(_ maximumBytes: Int) throws(FormError) -> [UInt8]? {
        let view = self.buffer.readableBytesView
        let end = view.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
        guard self.line.count + ((end ?? view.endIndex) - view.startIndex) <= maximumBytes else {
            throw FormError(
                self.isInHeaders ? .tooLarge : .malformed,
                self.isInHeaders
                    ? "the header lines of a part of the multipart form are longer than \(self.maximumHeaderBytes) bytes"
                    : "a line outside the parts of the multipart form is longer than \(maximumBytes) bytes")
        }
        self.line += view[..<(end ?? view.endIndex)]
        guard let end else {
            self.buffer = ByteBuffer()
            return nil
        }
        self.buffer.moveReaderIndex(to: end)
        defer { self.line = [] }
        return self.line
    }

    private var isInHeaders: Bool {
        if case .headers = self.state { true } else { false }
    }

    private static func withoutEnd(_ line: [UInt8]) -> ArraySlice<UInt8> {
        let line = line.dropLast()
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    /// Reads a line before or between the parts.
    ///
    /// - Returns: whether it closes the form.
    private mutating func readDelimiter(_ line: [UInt8]) throws(FormError) -> Bool {
        if self.beginsPart(line) {
            self.state = .headers
            self.headers = PartHeaderReader()
            self.headerBytes = 0
            return false
        }
        if self.isClosingDelimiter(line) {
            self.state = .finished
            self.buffer = ByteBuffer()
            return true
        }
        switch self.state {
        // A line of the preamble, which is ignored.
        case .preamble: break
        case .delimiter(isAfterEmptyLine: false) where line == self.newline: self.state = .delimiter(isAfterEmptyLine: true)
        case .delimiter, .headers, .body, .finished:
            throw FormError(.malformed, "a line with the boundary of the multipart form has something else after it")
        }
        return false
    }

    private mutating func beginsPart(_ line: [UInt8]) -> Bool {
        guard line.starts(with: self.dashes) else { return false }
        let rest = Self.withoutPadding(line.dropFirst(self.dashes.count))
        // Not allowed by the standard, but some clients do it.
        if case .preamble = self.state, rest.elementsEqual("\n".utf8) { self.newline = Array("\n".utf8) }
        return rest.elementsEqual(self.newline)
    }

    private func isClosingDelimiter(_ line: [UInt8]) -> Bool {
        let closing = self.dashes + Array("--".utf8)
        guard line.starts(with: closing) else { return false }
        let rest = Self.withoutPadding(line.dropFirst(closing.count))
        return rest.isEmpty || rest.elementsEqual(self.newline)
    }

    /// Removes spaces that gateways may add.
    private static func withoutPadding(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    // MARK: Bodies

    private mutating func nextInBody() -> Event? {
        if self.isAtPartStart {
            // A part without bytes may lack the line end before the delimiter.
            switch self.match(self.dashes, at: 0) {
            case .delimiter: return self.endPart()
            case .more: return nil
            case .other: self.isAtPartStart = false
            }
        }
        let view = self.buffer.readableBytesView
        let delimiter = self.newline + self.dashes
        var length = 0
        while let index = view[(view.startIndex + length)...].firstIndex(of: self.newline[0]) {
            length = index - view.startIndex
            switch self.match(delimiter, at: length) {
            case .other: length += 1
            case .more: return self.data(length)
            case .delimiter: return length > 0 ? self.data(length) : self.endPart()
            }
        }
        return self.data(view.count)
    }

    private mutating func data(_ length: Int) -> Event? {
        guard length > 0, let slice = self.buffer.readSlice(length: length) else { return nil }
        return .data(slice)
    }

    private mutating func endPart() -> Event {
        self.state = .delimiter(isAfterEmptyLine: false)
        return .partEnd
    }

    private enum Match {
        /// The bytes after the prefix do not belong to a longer boundary.
        case delimiter
        /// More bytes are needed to decide.
        case more
        case other
    }

    private func match(_ prefix: [UInt8], at offset: Int) -> Match {
        let bytes = self.buffer.readableBytesView.dropFirst(offset)
        guard bytes.prefix(prefix.count).elementsEqual(prefix.prefix(bytes.count)) else { return .other }
        let rest = bytes.dropFirst(prefix.count)
        switch rest.first {
        case nil: return .more
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): return .delimiter
        case UInt8(ascii: "-"):
            guard let second = rest.dropFirst().first else { return .more }
            return second == UInt8(ascii: "-") ? .delimiter : .other
        default: return .other
        }
    }
}
