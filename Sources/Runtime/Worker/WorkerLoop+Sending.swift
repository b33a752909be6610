package import Goridge
package import NIOCore

/// Sending the frames of responses.
extension WorkerLoop {
    /// Sends one frame of the response to `id`, if the state machine allows it.
    package func send(
        _ id: PayloadNumber, isLast: Bool, flags: Frame.Flags, body: ByteBuffer,
        context: (inout ByteBuffer) -> Void
    ) throws {
        guard body.readableBytes <= Int(UInt32.max) / 2 else { throw PayloadResponderError.tooLarge(body.readableBytes) }
        try self.admit(id, isLast: isLast)
        try self.connection.send(flags: flags, stream: isLast ? [] : .stream, body: body, context: context)
        if isLast
            || self.backpressure.shouldFlush(pendingBytes: self.connection.pendingBytes, lastWrite: self.connection.lastWrite)
        {
            self.connection.flush()
            if isLast { self.noteActivity() }
        } else {
            self.connection.flushAtEndOfTick()
        }
    }

    /// Asks the state machine for one frame of the response to `id`.
    @inline(__always)
    func admit(_ id: PayloadNumber, isLast: Bool) throws {
        self.loop.assertInEventLoop()
        switch self.machine.respond(to: id, isLast: isLast) {
        case .alreadyFinished: throw PayloadResponderError.alreadyFinished
        case .cancelled: throw CancellationError()
        // From now on the response has a head.
        case .send: if self.terminalContext != nil { self.terminalContext = nil }
        }
    }

    func checkNotCancelled(_ id: PayloadNumber) throws {
        // Off the loop the next frame notices.
        guard self.loop.inEventLoop else { return }
        if self.machine.isCancelled(id) { throw CancellationError() }
    }

    /// Decides whether a body that has just written may continue at once.
    func pace() -> WriteBackpressure.Decision {
        self.loop.assertInEventLoop()
        return self.backpressure.decide(
            pendingBytes: self.connection.pendingBytes, isAboveHighWaterMark: self.connection.isAboveHighWaterMark,
            tick: self.loop.tick)
    }

    /// Suspends while the relay is full.
    func awaitDrained() async {
        await withUnsafeContinuation { continuation in
            self.loop.execute {
                if self.connection.isAboveHighWaterMark { self.drainWaiters.append(continuation) } else { continuation.resume() }
            }
        }
    }

    /// Notifies `observer` when this tick has run its jobs, unless that is cancelled before.
    func deferResponse(_ observer: (any TickObserver)?) { self.deferredResponse = observer }

    package func tickDidEnd() {
        self.loop.assertInEventLoop()
        self.noteActivity()
        guard let deferred = self.deferredResponse else { return }
        self.deferredResponse = nil
        deferred.tickDidEnd()
    }
}
