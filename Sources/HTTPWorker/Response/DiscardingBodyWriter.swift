import HTTPTypes
import Hummingbird
import NIOCore

/// Discards the body of a response that has none, such as one to HEAD.
struct DiscardingBodyWriter: ResponseBodyWriter {
    private var isUsed = false

    /// Drops the first chunk, and cancels a body that goes on.
    mutating func write(_ buffer: ByteBuffer) async throws {
        if self.isUsed { throw CancellationError() }
        self.isUsed = true
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
