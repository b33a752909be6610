public import Goridge
public import NIOCore

/// The right to answer one payload, once: any number of streamed frames, then one terminal frame.
///
/// It can be kept, copied and used from any thread; once its response has ended it does nothing but throw.
public struct PayloadResponder: Sendable {
    let worker: WorkerLoop
    let id: PayloadNumber

    /// Sends the terminal frame.
    ///
    /// - Throws: ``PayloadResponderError``, or `CancellationError` when nobody waits for the response any more.
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
    ///   - bound: how much room the context has.
    ///   - context: writes the context and returns its length; nil when it is not for this way.
    /// - Returns: false when it cannot be sent this way; nothing was done then.
    package func finishInPlace(
        bound: Int, body: ByteBuffer, context: (UnsafeMutableRawBufferPointer) -> Int?
    ) -> Bool {
        self.worker.loop.inEventLoop && self.worker.sendLastInPlace(self.id, bound: bound, body: body, context: context)
    }

    /// Sends one frame of a stream after its first, from the worker's loop.
    ///
    /// - Returns: what to wait for, by ``wait(_:)``.
    /// - Throws: ``PayloadResponderError``, or `CancellationError` when nobody waits for the response any more.
    package func writeOnLoop(_ body: ByteBuffer) throws -> WriteBackpressure.Decision {
        try self.worker.sendChunk(self.id, body)
    }

    /// Waits until a body may go on.
    ///
    /// - Throws: `CancellationError` when nobody waits for the response any more.
    package func wait(_ decision: WriteBackpressure.Decision) async throws {
        switch decision {
        case .proceed: return
        case .yield: await self.worker.loop.nextTick()
        case .waitForDrain: await self.worker.awaitDrained()
        }
        try self.worker.checkNotCancelled(self.id)
    }

    /// Sends one frame of a stream, and waits while too much waits to be written.
    ///
    /// - Throws: ``PayloadResponderError``, or `CancellationError` when nobody waits for the response any more.
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

    /// Sends one frame without a body, unless `condition` has ceased to hold on the loop, where all frames are sent.
    ///
    /// - Parameter fallback: the context of the terminal frame, if the worker has to end the response before any other frame.
    /// - Returns: whether it was sent.
    /// - Throws: ``PayloadResponderError``, or `CancellationError` when nobody waits for the response any more.
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

    /// A context that can be taken to the loop.
    private static func encoded(_ context: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var buffer = ByteBuffer()
        context(&buffer)
        return buffer
    }

    /// Tells `observer` when this tick of the loop has run its jobs. Off the loop it is told at once.
    package func atEndOfTick(_ observer: any TickObserver) {
        if self.worker.loop.inEventLoop { self.worker.hold(observer) } else { observer.tickDidEnd() }
    }

    /// Takes back what was asked of ``atEndOfTick(_:)``.
    package func cancelEndOfTick() {
        if self.worker.loop.inEventLoop { self.worker.hold(nil) }
    }

    /// Sends one frame of a stream from within ``TickObserver/tickDidEnd()``. What cannot be sent any more is dropped.
    package func writeAtEndOfTick(body: ByteBuffer, context: (inout ByteBuffer) -> Void) {
        let contextBytes = Self.encoded(context)
        self.worker.loop.execute {
            try? self.worker.send(self.id, isLast: false, flags: .proto, body: body) { $0.writeImmutableBuffer(contextBytes) }
        }
    }

    /// The worker's loop.
    package var executor: any TaskExecutor { self.worker.loop }

    /// Returns when the worker is told to end, or when the task is cancelled.
    public func ending() async {
        let (signal, continuation) = AsyncStream<Void>.makeStream()
        let worker = self.worker
        let id = self.id
        worker.loop.execute { worker.whenEnding(id) { continuation.finish() } }
        for await _ in signal {}
    }

    /// Runs something on the worker's loop that the cancellation of this task does not concern, and waits for it.
    package func runDetached(_ body: @escaping @Sendable () async -> Void) async {
        await Task(executorPreference: self.worker.loop) { await body() }.value
    }
}
