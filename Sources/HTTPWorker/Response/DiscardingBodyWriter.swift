import HTTPTypes
import Hummingbird
import NIOCore

/// Takes the body of a response that has none, such as that of HEAD.
struct DiscardingBodyWriter: ResponseBodyWriter {
    private var isUsed = false

    /// Drops the first chunk; a body that goes on is told that nobody listens.
    mutating func write(_ buffer: ByteBuffer) async throws {
        if self.isUsed { throw CancellationError() }
        self.isUsed = true
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
