import NIOCore

/// A call in flight. Its mutable state is confined to the loop.
final class PendingCall: @unchecked Sendable {
    let method: RPCMethod
    let codec: RPCCodec
    let timeout: Duration
    /// Called with a response that arrives after the call was abandoned; with nil when the connection ends first.
    let onLateResult: (@Sendable (ByteBuffer?) -> Void)?
    private var arguments: RPCArguments
    var sequenceNumber: UInt32?
    /// Whether the call has ended. It may end before it begins, when it is cancelled by another thread.
    private(set) var isOver = false
    private var continuation: UnsafeContinuation<ByteBuffer, any Error>?

    init(
        method: RPCMethod, codec: RPCCodec, arguments: RPCArguments, timeout: Duration,
        onLateResult: (@Sendable (ByteBuffer?) -> Void)?
    ) {
        self.method = method
        self.codec = codec
        self.arguments = arguments
        self.timeout = timeout
        self.onLateResult = onLateResult
    }

    /// The size of the arguments, as long as they were not taken.
    var unsentBytes: Int { self.arguments.encoded.readableBytes }

    /// Returns the arguments as they must be sent now, and no longer keeps them.
    func takeArguments() -> ByteBuffer {
        defer { self.arguments = RPCArguments(ByteBuffer()) }
        return self.arguments.current(at: SystemCall.monotonicNanoseconds())
    }

    /// - Returns: whether the call is still wanted.
    func attach(_ continuation: UnsafeContinuation<ByteBuffer, any Error>) -> Bool {
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
