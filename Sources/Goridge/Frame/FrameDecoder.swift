public import NIOCore

/// Turns the bytes of a connection into frames, as they come.
///
/// A value without I/O: bytes go in by ``feed(_:)`` (or directly into its buffer, by a `FrameConnection`), frames come out of ``next()``.
/// Payloads are slices of what was read, never copies.
public struct FrameDecoder: Sendable {
    /// 256 MiB. RoadRunner itself buffers a request of up to `http.max_request_size` (1000 MB unless set) in one frame.
    public static let defaultMaximumPayloadSize = 256 * 1024 * 1024
    /// A buffer that has grown beyond this is not kept once it is empty.
    private static let keptCapacity = 1024 * 1024

    /// The longest payload that is accepted, in bytes.
    public let maximumPayloadSize: Int
    private var buffer: ByteBuffer
    /// How many bytes the frame in hand needs in all, once its header was read.
    private var needed = FrameHeader.baseSize
    private var failure: FrameError?
    /// The frame whose payload is being skipped.
    private var oversized: OversizedFrame?
    /// How many bytes of its payload have not come yet.
    private var toSkip = 0

    /// Creates a decoder.
    ///
    /// - Parameter maximumPayloadSize: in bytes; frames that announce more are refused before they are read.
    public init(maximumPayloadSize: Int = Self.defaultMaximumPayloadSize) {
        self.maximumPayloadSize = max(0, min(maximumPayloadSize, Int(UInt32.max)))
        self.buffer = ByteBuffer()
    }

    /// How much memory is kept, in bytes.
    package var bufferCapacity: Int { self.buffer.capacity }

    /// Adds bytes that were received.
    public mutating func feed(_ bytes: ByteBuffer) {
        self.reuseStorage()
        self.buffer.writeImmutableBuffer(bytes)
    }

    /// Lets `read` put bytes directly behind those that wait to be decoded. It answers how many it wrote.
    package mutating func withUnsafeWritableBytes(
        minimum: Int,
        _ read: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int {
        self.reuseStorage()
        // The announced length is believed only for 1 MiB ahead, so that a header alone cannot make us allocate much more.
        let missing = min(max(0, self.needed - self.buffer.readableBytes), 1024 * 1024)
        return self.buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: max(minimum, missing)) { pointer in
            read(pointer)
        }
    }

    /// The next complete frame, or nil when more bytes are needed.
    ///
    /// - Throws: ``FrameError``; every later call throws the same error again.
    public mutating func next() throws(FrameError) -> Frame? {
        if let failure = self.failure { throw failure }
        do throws(FrameError) {
            switch try self.decode() {
            case .frame(let frame): return frame
            case .oversized(let frame): throw frame.error
            case nil:
                if let oversized { throw oversized.error }
                return nil
            }
        } catch {
            self.failure = error
            throw error
        }
    }

    /// The next frame, whatever its length: a payload over the limit is dropped as it comes.
    ///
    /// - Throws: ``FrameError``; every later call throws the same error again.
    package mutating func nextOrOversized() throws(FrameError) -> DecodedFrame? {
        if let failure = self.failure { throw failure }
        do {
            return try self.decode()
        } catch {
            self.failure = error
            throw error
        }
    }

    /// Nothing waits to be decoded.
    package var isEmpty: Bool { self.buffer.readableBytes == 0 && self.failure == nil }

    /// Call it when the connection has ended: an ending inside a frame is an error.
    public mutating func finish() throws(FrameError) {
        if let failure = self.failure { throw failure }
        if self.oversized != nil { throw FrameError.truncated(missing: max(1, self.toSkip - self.buffer.readableBytes)) }
        if self.buffer.readableBytes > 0 {
            throw FrameError.truncated(missing: max(1, self.needed - self.buffer.readableBytes))
        }
    }

    private mutating func decode() throws(FrameError) -> DecodedFrame? {
        if let oversized { return self.skip(oversized) }
        let available = self.buffer.readableBytes
        guard available >= self.needed else { return nil }
        let start = self.buffer.readerIndex
        guard
            let low = self.buffer.getInteger(at: start, endianness: .little, as: UInt64.self),
            let high = self.buffer.getInteger(at: start + 8, endianness: .little, as: UInt32.self)
        else { return nil }

        let versionAndWords = UInt8(truncatingIfNeeded: low)
        let flags = UInt8(truncatingIfNeeded: low >> 8)
        let length = UInt32(truncatingIfNeeded: low >> 16)
        let checksum = UInt32(truncatingIfNeeded: low >> 48) | high << 16
        guard
            FrameHeader.checksum(versionAndWords: versionAndWords, flags: flags, payloadLength: length) == checksum
        else { throw FrameError.checksumMismatch(self.quotedHeader()) }
        guard versionAndWords >> 4 == FrameHeader.version else {
            throw FrameError.unsupportedVersion(versionAndWords >> 4, self.quotedHeader())
        }
        let words = versionAndWords & 0x0F
        guard words >= 3, Int(words) <= 3 + FrameOptions.maximumCount else {
            throw FrameError.malformedHeader(words: words, self.quotedHeader())
        }
        let headerSize = Int(words) * 4
        let isOversized = Int(length) > self.maximumPayloadSize
        self.needed = isOversized ? headerSize : headerSize + Int(length)
        guard available >= self.needed else { return nil }

        var options = FrameOptions()
        var position = start + FrameHeader.baseSize
        while position < start + headerSize {
            guard let option = self.buffer.getInteger(at: position, endianness: .little, as: UInt32.self) else { return nil }
            options.append(option)
            position += 4
        }
        self.buffer.moveReaderIndex(forwardBy: headerSize)
        self.needed = FrameHeader.baseSize
        if isOversized {
            let frame = OversizedFrame(
                flags: Frame.Flags(rawValue: flags), stream: Frame.StreamFlags(rawValue: UInt8(truncatingIfNeeded: high >> 16)),
                options: options, length: Int(length), limit: self.maximumPayloadSize)
            self.oversized = frame
            self.toSkip = frame.length
            return self.skip(frame)
        }
        // An empty slice would hold on to the storage for nothing.
        let payload = length == 0 ? ByteBuffer() : self.buffer.readSlice(length: Int(length)) ?? ByteBuffer()
        // A large one would be kept until more bytes come, and nobody knows when.
        if self.buffer.readableBytes == 0, self.buffer.capacity > Self.keptCapacity { self.buffer = ByteBuffer() }
        return .frame(
            Frame(
                flags: Frame.Flags(rawValue: flags),
                stream: Frame.StreamFlags(rawValue: UInt8(truncatingIfNeeded: high >> 16)),
                options: options,
                payload: payload
            ))
    }

    /// Drops what has come of the payload.
    ///
    /// - Returns: the frame once all of it has.
    private mutating func skip(_ frame: OversizedFrame) -> DecodedFrame? {
        let count = min(self.toSkip, self.buffer.readableBytes)
        self.buffer.moveReaderIndex(forwardBy: count)
        self.toSkip -= count
        guard self.toSkip == 0 else { return nil }
        self.oversized = nil
        return .oversized(frame)
    }

    /// Once everything was decoded the storage is used again, or left to the payloads that still refer to it.
    private mutating func reuseStorage() {
        guard self.buffer.readableBytes == 0 else {
            // Frames that come without a pause leave a piece of the next one behind each time: it moves to the front.
            if self.buffer.readerIndex > max(64 * 1024, self.buffer.readableBytes) { self.buffer.discardReadBytes() }
            return
        }
        guard self.buffer.writerIndex > 0 else { return }
        if self.buffer.capacity > Self.keptCapacity {
            self.buffer = ByteBuffer()
        } else {
            self.buffer.clear()
        }
    }

    private func quotedHeader() -> String {
        let bytes = self.buffer.getBytes(at: self.buffer.readerIndex, length: FrameHeader.baseSize) ?? []
        return "bytes " + bytes.map(\.hexadecimal).joined(separator: " ")
    }
}
