package import HTTPWorker
public import NIOCore

/// The bytes of a file, or of a part of it, in chunks.
///
/// Chunks are read on demand, on a thread that may wait for the disk.
public struct FileChunks: AsyncSequence, Sendable {
    /// The length of each chunk but the last, in bytes.
    package static let chunkLength = 128 * 1024

    package let range: Range<Int>
    package let open: @Sendable () throws -> OpenFile

    /// Reads the file chunk by chunk.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var handle: OpenFile?
        var offset: Int
        let end: Int
        let open: @Sendable () throws -> OpenFile

        /// Returns the next chunk; nil at the end.
        ///
        /// - Throws: ``FileError``, for example when the file has become shorter in the meantime.
        public mutating func next() async throws -> ByteBuffer? {
            guard self.offset < self.end else { return nil }
            let (handle, offset, open) = (self.handle, self.offset, self.open)
            let length = Swift.min(FileChunks.chunkLength, self.end - offset)
            let (opened, chunk) = try await BlockingWork.run {
                let handle = try handle ?? open()
                return (handle, try handle.read(at: offset, length: length))
            }
            self.handle = opened
            guard chunk.readableBytes > 0 else {
                // The range is open: a file of unknown length ends here.
                if self.end == .max { return nil }
                throw FileError(
                    .changed, "the file became shorter while it was being read: it ends at \(offset), not at \(self.end)")
            }
            self.offset += chunk.readableBytes
            return chunk
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(offset: self.range.lowerBound, end: self.range.upperBound, open: self.open)
    }
}
