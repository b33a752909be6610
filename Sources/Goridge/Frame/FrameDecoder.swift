public import NIOCore

/// Decodes the bytes of a connection into frames as they arrive.
///
/// A value without I/O: bytes go in by ``feed(_:)`` (or directly into its buffer, by a `FrameConnection`), and frames come out of
/// ``next()``. Payloads are slices of the bytes that were read, never copies.
public struct FrameDecoder: Sendable {
    /// The default limit of payloads, 256 MiB.
    ///
    /// RoadRunner itself buffers a request of up to `http.max_request_size` (1000 MB unless set) in one frame.
    public static let defaultMaximumPayloadSize = 256 * 1024 * 1024
    /// The largest capacity with which an empty buffer is kept for reuse.
    private static let keptCapacity = 1024 * 1024

    /// The longest payload that is accepted, in bytes.
    public let maximumPayloadSize: Int
    private var buffer: ByteBuffer
    /// The total size of the current frame, once its header was read.
    private var needed = FrameHeader.baseSize
    private var failure: FrameError?
    /// The frame whose payload is being skipped.
    private var oversized: OversizedFrame?
    /// The number of bytes of its payload that have not arrived yet.
    private var toSkip = 0

    /// Creates a decoder.
    ///
    /// - Parameter maximumPayloadSize: the longest payload that is accepted, in bytes; longer ones are refused before they are
    ///   read.
    public init(maximumPayloadSize: Int = Self.defaultMaximumPayloadSize) {
        self.maximumPayloadSize = max(0, min(maximumPayloadSize, Int(UInt32.max)))
        self.buffer = ByteBuffer()
    }

    /// For tests: the capacity of the buffer, in bytes.
    package var bufferCapacity: Int { self.buffer.capacity }

    /// Adds bytes that were received.
    public mutating func feed(_ bytes: ByteBuffer) {
        self.reuseStorage()
        self.buffer.writeImmutableBuffer(bytes)
    }

    /// Lets `read` write bytes directly behind those that wait to be decoded. It returns the number of bytes it wrote.
    package mutating func withUnsafeWritableBytes(
        minimum: Int,
        _ read: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int {
        self.reuseStorage()
        // The announced length is trusted only for 1 MiB ahead, so that a header alone cannot cause a larger allocation.
        let missing = min(max(0, self.needed - self.buffer.readableBytes), 1024 * 1024)
        return self.buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: max(minimum, missing)) { pointer in
            read(pointer)
        }
    }

    /// Returns the next complete frame, or nil when more bytes are needed.
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

    /// Returns the next frame, whatever its length: a payload over the limit is dropped as it arrives.
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

    /// Whether nothing waits to be decoded.
    package var isEmpty: Bool { self.buffer.readableBytes == 0 && self.failure == nil }

    /// Ends decoding when the connection has ended: an end inside a frame is an error.
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
        // An empty slice would retain the storage for nothing.
        let payload = length == 0 ? ByteBuffer() : self.buffer.readSlice(length: Int(length)) ?? ByteBuffer()
        // A large buffer would be kept until more bytes arrive, at an unknown time.
        if self.buffer.readableBytes == 0, self.buffer.capacity > Self.keptCapacity { self.buffer = ByteBuffer() }
        return .frame(
            Frame(
                flags: Frame.Flags(rawValue: flags),
                stream: Frame.StreamFlags(rawValue: UInt8(truncatingIfNeeded: high >> 16)),
                options: options,
                payload: payload
            ))
    }

    /// Drops the part of the payload that has arrived.
    ///
    /// - Returns: the frame once all of its payload has arrived.
    private mutating func skip(_ frame: OversizedFrame) -> DecodedFrame? {
        let count = min(self.toSkip, self.buffer.readableBytes)
        self.buffer.moveReaderIndex(forwardBy: count)
        self.toSkip -= count
        guard self.toSkip == 0 else { return nil }
        self.oversized = nil
        return .oversized(frame)
    }

    /// Reuses the storage once everything was decoded, unless payloads still refer to it.
    private mutating func reuseStorage() {
        guard self.buffer.readableBytes == 0 else {
            // With frames that arrive without a pause, a piece of the next one is always left: it moves to the front.
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
