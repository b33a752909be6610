import Goridge
public import NIOCore
import Synchronization

/// A response whose body is received as it comes: an asynchronous sequence of chunks, one per frame that has one.
///
/// While the chunks are not asked for the worker has to wait, as for a slow client.
public final class StreamedTestResponse: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    /// Status and headers, from the first frame.
    public let head: TestResponseHead
    private let worker: TestWorker
    private let progress: Mutex<(first: Frame?, isFinished: Bool)>

    init(worker: TestWorker, first: Frame, head: TestResponseHead) {
        self.worker = worker
        self.head = head
        self.progress = Mutex((first, false))
    }

    /// The status code.
    public var status: Int { self.head.status }

    /// Whether the terminal frame has come.
    var isFinished: Bool { self.progress.withLock { $0.isFinished } }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let response: StreamedTestResponse

        public mutating func next() async throws -> ByteBuffer? { try await self.response.nextChunk() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(response: self) }

    private func nextChunk() async throws -> ByteBuffer? {
        while true {
            let (first, isFinished) = self.progress.withLock { progress in
                defer { progress.first = nil }
                return progress
            }
            if isFinished { return nil }
            let frame: Frame
            if let first { frame = first } else { frame = try await self.worker.nextResponseFrame() }
            if !frame.stream.contains(.stream) { self.progress.withLock { $0.isFinished = true } }
            let chunk = TestWorker.split(frame).body
            if chunk.readableBytes > 0 { return chunk }
        }
    }
}
