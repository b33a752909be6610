import Goridge
public import HTTPTypes
public import NIOCore
import Synchronization

/// A response whose body is received in parts: an asynchronous sequence of chunks, one for each frame with a body.
///
/// Until the test asks for the next chunk the worker has to wait, as for a slow client.
public final class StreamedWorkerResponse: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    /// Status and headers, from the first frame.
    package let head: HTTPResponse
    private let worker: TestWorker
    private let progress: Mutex<(first: Frame?, isFinished: Bool)>

    init(worker: TestWorker, first: Frame, head: HTTPResponse) {
        self.worker = worker
        self.head = head
        self.progress = Mutex((first, !first.stream.contains(.stream)))
    }

    /// The status.
    public var status: HTTPResponse.Status { self.head.status }
    /// The headers, sorted by name.
    public var headers: HTTPFields { self.head.headerFields }

    /// Whether the terminal frame was received.
    var isFinished: Bool { self.progress.withLock { $0.isFinished } }

    /// Iterates over the chunks of the body.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let response: StreamedWorkerResponse

        public mutating func next() async throws -> ByteBuffer? { try await self.response.nextChunk() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(response: self) }

    private func nextChunk() async throws -> ByteBuffer? {
        while true {
            let (first, isFinished) = self.progress.withLock { progress in
                defer { progress.first = nil }
                return progress
            }
            let frame: Frame
            if let first {
                frame = first
            } else if isFinished {
                return nil
            } else {
                frame = try await self.worker.nextResponseFrame()
                if !frame.stream.contains(.stream) { self.progress.withLock { $0.isFinished = true } }
            }
            let chunk = TestWorker.split(frame).body
            if chunk.readableBytes > 0 { return chunk }
        }
    }
}
