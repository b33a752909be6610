package import NIOCore

#if canImport(Darwin)
package import Darwin
#elseif canImport(Glibc)
package import Glibc
#elseif canImport(Musl)
package import Musl
#endif

/// Pending bytes of one descriptor. A value without I/O.
///
/// Small frames are collected in one buffer, so that many of them are written by one `write`; large bodies are written by `writev`,
/// without a copy.
package struct OutboundBuffer: Sendable {
    /// Bodies from this size on are not copied.
    static let copyLimit = 16 * 1024
    /// The largest number of pieces in one `writev`.
    static let maximumVectors = 64
    /// The largest capacity with which the buffer of small frames is kept for reuse.
    private static let keptCapacity = 256 * 1024

    /// The total number of pending bytes.
    package private(set) var byteCount = 0
    /// Complete pieces, in order; they come before `tail`.
    private var pieces: [ByteBuffer] = []
    /// The number of `pieces` that were written.
    private var sent = 0
    private var tail = ByteBuffer()

    package init() {}

    package var isEmpty: Bool { self.byteCount == 0 }

    /// Appends one frame whose payload is a context, written in place, and a body. The last option is the context's length.
    ///
    /// - Parameter sequenceNumber: an option before the last one, as in RPC frames.
    /// - Throws: ``FrameError/Code/payloadTooLarge`` when the format cannot express the length; then nothing was appended.
    package mutating func append(
        flags: Frame.Flags,
        stream: Frame.StreamFlags,
        sequenceNumber: UInt32? = nil,
        body: ByteBuffer,
        context: (inout ByteBuffer) -> Void
    ) throws(FrameError) {
        let start = self.tail.writerIndex
        let headerSize = FrameHeader.baseSize + (sequenceNumber == nil ? 4 : 8)
        self.tail.writeRepeatingByte(0, count: headerSize)
        context(&self.tail)
        let contextLength = self.tail.writerIndex - start - headerSize
        guard let payloadLength = UInt32(exactly: contextLength + body.readableBytes) else {
            self.tail.moveWriterIndex(to: start)
            throw FrameError.payloadTooLarge(contextLength + body.readableBytes, limit: Int(UInt32.max))
        }
        var options = FrameOptions()
        if let sequenceNumber { options.append(sequenceNumber) }
        options.append(UInt32(truncatingIfNeeded: contextLength))
        FrameHeader.set(
            in: &self.tail, at: start, flags: flags, stream: stream, options: options, payloadLength: payloadLength)
        self.byteCount += headerSize + contextLength
        self.append(body)
    }

    /// Appends one small frame: header, context and body with a single access to the buffer's memory.
    ///
    /// - Parameters:
    ///   - bound: the room for the context, in bytes.
    ///   - context: writes the context and returns its length; nil when it needs more room, or cannot be written in place.
    /// - Returns: whether the frame was appended; otherwise nothing has changed.
    @inline(__always)
    package mutating func appendInPlace(
        flags: Frame.Flags, stream: Frame.StreamFlags, bound: Int, body: ByteBuffer,
        context: (UnsafeMutableRawBufferPointer) -> Int?
    ) -> Bool {
        let bodyLength = body.readableBytes
        guard bodyLength < Self.copyLimit, bound >= 0, bound < Self.copyLimit else { return false }
        let headerSize = FrameHeader.baseSize + 4
        let count = self.tail.writeWithUnsafeMutableBytes(minimumWritableBytes: headerSize + bound + bodyLength) { memory in
            guard let contextLength = context(UnsafeMutableRawBufferPointer(rebasing: memory[headerSize..<(headerSize + bound)])),
                contextLength >= 0, contextLength <= bound
            else { return 0 }
            let length = contextLength &+ bodyLength
            FrameHeader.store(
                in: memory, flags: flags, stream: stream, option: UInt32(truncatingIfNeeded: contextLength),
                payloadLength: UInt32(truncatingIfNeeded: length))
            if bodyLength > 0 {
                body.withUnsafeReadableBytes { bytes in
                    UnsafeMutableRawBufferPointer(rebasing: memory[(headerSize &+ contextLength)...]).copyMemory(from: bytes)
                }
            }
            return headerSize &+ length
        }
        self.byteCount += count
        return count > 0
    }

    /// Appends a complete frame with its own options.
    package mutating func append(_ frame: Frame) throws(FrameError) {
        let before = self.tail.writerIndex
        try self.tail.writeFrame(frame)
        self.byteCount += self.tail.writerIndex - before
    }

    /// Appends bytes as they are, frame or not.
    package mutating func append(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        guard count > 0 else { return }
        self.byteCount += count
        if count < Self.copyLimit {
            self.tail.writeImmutableBuffer(bytes)
        } else {
            self.closeTail()
            self.pieces.append(bytes)
        }
    }

    private mutating func closeTail() {
        guard self.tail.readableBytes > 0 else { return }
        self.pieces.append(self.tail)
        self.tail = ByteBuffer()
    }

    /// Passes the pending bytes to `write`, which returns the number of bytes it wrote.
    package mutating func withUnsafeVectors<Result>(_ write: (UnsafeBufferPointer<iovec>) -> Result) -> Result {
        if self.sent == self.pieces.count {
            return self.tail.withUnsafeReadableBytes { bytes in
                var vector = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
                return withUnsafePointer(to: &vector) { write(UnsafeBufferPointer(start: $0, count: 1)) }
            }
        }
        self.closeTail()
        let window = self.pieces[self.sent..<min(self.pieces.count, self.sent + Self.maximumVectors)]
        return withUnsafeTemporaryAllocation(of: iovec.self, capacity: window.count) { vectors in
            // The buffers are kept alive by `pieces`, which does not change before `write` returns.
            for (index, piece) in window.enumerated() {
                piece.withUnsafeReadableBytes { bytes in
                    vectors.initializeElement(
                        at: index,
                        to: iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count))
                }
            }
            return write(UnsafeBufferPointer(vectors))
        }
    }

    /// Removes the first `count` bytes, which were written.
    package mutating func consume(_ count: Int) {
        var rest = min(count, self.byteCount)
        self.byteCount -= rest
        while rest > 0, self.sent < self.pieces.count {
            let length = self.pieces[self.sent].readableBytes
            if rest < length {
                self.pieces[self.sent].moveReaderIndex(forwardBy: rest)
                return
            }
            rest -= length
            self.pieces[self.sent] = ByteBuffer()
            self.sent += 1
        }
        if self.sent == self.pieces.count, self.sent > 0 {
            self.pieces.removeAll(keepingCapacity: true)
            self.sent = 0
        } else if self.sent >= Self.maximumVectors {
            self.pieces.removeFirst(self.sent)
            self.sent = 0
        }
        self.tail.moveReaderIndex(forwardBy: min(rest, self.tail.readableBytes))
        if self.tail.readableBytes == 0 {
            if self.tail.capacity > Self.keptCapacity { self.tail = ByteBuffer() } else { self.tail.clear() }
        }
    }
}
