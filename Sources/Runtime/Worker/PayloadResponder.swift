public import Goridge
public import NIOCore

/// Sends the response to one payload, once: any number of streamed frames, then one terminal frame.
///
/// It can be kept, copied and used from any thread. Once its response has ended, its methods throw.
public struct PayloadResponder: Sendable {
    let worker: WorkerLoop
    let id: PayloadNumber

    /// Sends the terminal frame.
    ///
    /// - Throws: ``PayloadResponderError``, or `CancellationError` when the response is no longer awaited.
    public func finish(
        flags: Frame.Flags = .proto,
        body: ByteBuffer = ByteBuffer(),
        context: (inout ByteBuffer) -> Void = { _ in }
    ) async throws {
        if self.worker.loop.inEventLoop {
            try self.worker.send(self.id, isLast: true, flags: flags, body: body, context: context)
        } else {
            try await self.sendFromElsewhere(isLast: true, flags: flags, body: body, context: context)
        }
    }

    /// Whether the caller runs on the worker's loop, where frames can be sent without waiting.
    package var isOnLoop: Bool { self.worker.loop.inEventLoop }

    /// Sends a small terminal frame, whose context is written in place, if the caller runs on the worker's loop.
    ///
    /// - Parameters:
    ///   - bound: the room for the context, in bytes.
    ///   - context: writes the context and returns its length; nil when it cannot be written in place.
    /// - Returns: false when the frame cannot be sent in place; then nothing was sent.
    package func finishInPlace(
        bound: Int, body: ByteBuffer, context: (UnsafeMutableRawBufferPointer) -> Int?
    ) -> Bool {
        self.worker.loop.inEventLoop && self.worker.sendLastInPlace(self.id, bound: bound, body: body, context: context)
    }

    /// Sends a frame of a stream other than its first one, from the worker's loop.
    ///
    /// - Returns: the decision for ``wait(_:)``.
    /// - Throws: ``PayloadResponderError``, or `CancellationError` when the response is no longer awaited.
    package func writeOnLoop(_ body: ByteBuffer) throws -> WriteBackpressure.Decision {
        try self.worker.sendChunk(self.id, body)
    }

    /// Waits until a body may continue.
    ///
    /// - Throws: `CancellationError` when the response is no longer awaited.
    package func wait(_ decision: WriteBackpressure.Decision) async throws {
        switch decision {
        case .proceed: return
        case .yield: await self.worker.loop.nextTick()
        case .waitForDrain: await self.worker.awaitDrained()
        }
        try self.worker.checkNotCancelled(self.id)
    }

    /// Sends one frame of a stream, and waits while too many bytes are pending.
    ///
    /// - Throws: ``PayloadResponderError``, or `CancellationError` when the response is no longer awaited.
    public func write(
        flags: Frame.Flags = .proto,
        body: ByteBuffer,
        context: (inout ByteBuffer) -> Void = { _ in }
    ) async throws {
        if self.worker.loop.inEventLoop {
            try self.worker.send(self.id, isLast: false, flags: flags, body: body, context: context)
            return try await self.wait(self.worker.pace())
        }
        try await self.sendFromElsewhere(isLast: false, flags: flags, body: body, context: context)
        await self.worker.awaitDrained()
        try self.worker.checkNotCancelled(self.id)
    }

    /// Sends one frame without a body, unless `condition` no longer holds on the loop, where all frames are sent.
    ///
    /// - Parameter fallback: the context of the terminal frame, if the worker has to end the response before any other frame.
    /// - Returns: whether it was sent.
    /// - Throws: ``PayloadResponderError``, or `CancellationError` when the response is no longer awaited.
    package func write(
        if condition: @escaping @Sendable () -> Bool, context: (inout ByteBuffer) -> Void, fallback: (inout ByteBuffer) -> Void
    ) async throws -> Bool {
        let (contextBytes, fallback) = (Self.encoded(context), Self.encoded(fallback))
        let worker = self.worker
        let id = self.id
        let result: Result<Bool, any Error> = await worker.loop.submit {
            Result {
                guard condition() else { return false }
                try worker.send(id, isLast: false, flags: .proto, body: ByteBuffer()) { $0.writeImmutableBuffer(contextBytes) }
                worker.terminalContext = fallback
                return true
            }
        }
        return try result.get()
    }

    private func sendFromElsewhere(
        isLast: Bool, flags: Frame.Flags, body: ByteBuffer, context: (inout ByteBuffer) -> Void
    ) async throws {
        let contextBytes = Self.encoded(context)
        let worker = self.worker
        let id = self.id
        let result = await worker.loop.submit {
            Result { try worker.send(id, isLast: isLast, flags: flags, body: body) { $0.writeImmutableBuffer(contextBytes) } }
        }
        try result.get()
    }

    /// Encodes a context so that it can be passed to the loop.
    private static func encoded(_ context: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var buffer = ByteBuffer()
        context(&buffer)
        return buffer
    }

    /// Notifies `observer` when this tick of the loop has run its jobs; off the loop it is notified at once.
    package func atEndOfTick(_ observer: any TickObserver) {
        if self.worker.loop.inEventLoop { self.worker.deferResponse(observer) } else { observer.tickDidEnd() }
    }

    /// Cancels the notification by ``atEndOfTick(_:)``.
    package func cancelEndOfTick() {
        if self.worker.loop.inEventLoop { self.worker.deferResponse(nil) }
    }

    /// Sends one frame of a stream from within ``TickObserver/tickDidEnd()``. A frame that can no longer be sent is dropped.
    package func writeAtEndOfTick(body: ByteBuffer, context: (inout ByteBuffer) -> Void) {
        let contextBytes = Self.encoded(context)
        self.worker.loop.execute {
            try? self.worker.send(self.id, isLast: false, flags: .proto, body: body) { $0.writeImmutableBuffer(contextBytes) }
        }
    }

    /// The worker's loop.
    package var executor: any TaskExecutor { self.worker.loop }

    /// Returns when the worker is asked to stop, or when the task is cancelled.
    public func gracefulShutdown() async {
        let (signal, continuation) = AsyncStream<Void>.makeStream()
        let worker = self.worker
        let id = self.id
        worker.loop.execute { worker.onShutdown(id) { continuation.finish() } }
        for await _ in signal {}
    }

    /// Runs `body` on the worker's loop, unaffected by the cancellation of this task, and waits for it.
    package func runDetached(_ body: @escaping @Sendable () async -> Void) async {
        await Task(executorPreference: self.worker.loop) { await body() }.value
    }
}
