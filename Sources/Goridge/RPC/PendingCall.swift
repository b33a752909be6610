import NIOCore

/// One call on its way. What changes in it belongs to the loop.
final class PendingCall: @unchecked Sendable {
    let method: RPCMethod
    let codec: RPCCodec
    let timeout: Duration
    /// Told of an answer that came after the call was given up.
    let late: (@Sendable (ByteBuffer) -> Void)?
    /// Kept until it is sent.
    var arguments: ByteBuffer
    var number: UInt32?
    /// It may be over before it has begun: cancelled by another thread.
    private(set) var isOver = false
    private var continuation: UnsafeContinuation<ByteBuffer, any Error>?

    init(
        method: RPCMethod, codec: RPCCodec, arguments: ByteBuffer, timeout: Duration, late: (@Sendable (ByteBuffer) -> Void)?
    ) {
        self.method = method
        self.codec = codec
        self.arguments = arguments
        self.timeout = timeout
        self.late = late
    }

    /// - Returns: whether the call is still wanted.
    func begin(_ continuation: UnsafeContinuation<ByteBuffer, any Error>) -> Bool {
        if self.isOver {
            continuation.resume(throwing: CancellationError())
            return false
        }
        self.continuation = continuation
        return true
    }

    func succeed(_ result: ByteBuffer) {
        self.isOver = true
        self.take()?.resume(returning: result)
    }

    func fail(_ error: any Error) {
        self.isOver = true
        self.take()?.resume(throwing: error)
    }

    private func take() -> UnsafeContinuation<ByteBuffer, any Error>? {
        defer { self.continuation = nil }
        return self.continuation
    }
}
