import Goridge
import NIOCore

/// The fast path: work that the loop's own thread does without suspending a task, as is enough for most requests.
extension WorkerLoop {
    /// Takes the next payload without suspending, as long as there is nothing else to do.
    func nextInPlace(after id: PayloadNumber) -> PayloadTask.Work? {
        self.payloadTask.takeInPlace {
            self.handlerReturned(id)
            if self.payloadTask.isTakingInPlace, self.loop.canTickInPlace { self.loop.tickInPlace() }
        }
    }

    /// Sends a small terminal frame of the response to `id`, written in place.
    ///
    /// - Returns: false when the frame cannot be sent in place; then nothing was sent.
    func sendLastInPlace(
        _ id: PayloadNumber, bound: Int, body: ByteBuffer, context: (UnsafeMutableRawBufferPointer) -> Int?
    ) -> Bool {
        // A refusal is reported by the other path.
        guard self.machine.isRunning(id), self.connection.sendInPlace(flags: .proto, bound: bound, body: body, context: context)
        else { return false }
        try? self.admit(id, isLast: true)
        self.connection.flush()
        self.noteActivity()
        return true
    }

    /// Sends a frame of a stream other than its first one.
    ///
    /// - Returns: whether the body may continue at once.
    func sendChunk(_ id: PayloadNumber, _ body: ByteBuffer) throws -> WriteBackpressure.Decision {
        try self.admit(id, isLast: false)
        if !self.connection.sendInPlace(flags: .proto, stream: .stream, bound: 0, body: body, context: { _ in 0 }) {
            try self.connection.send(flags: .proto, stream: .stream, body: body) { _ in }
        }
        // Read once: reading the clock is a good part of a chunk's cost.
        let now = SystemCall.monotonicNanoseconds()
        let pending = self.connection.pendingBytes
        if self.backpressure.shouldFlush(pendingBytes: pending, lastWrite: self.connection.lastWrite, now: now) {
            self.connection.flush()
        } else {
            self.connection.flushAtEndOfTick()
        }
        return self.backpressure.decide(
            pendingBytes: self.connection.pendingBytes, isAboveHighWaterMark: self.connection.isAboveHighWaterMark,
            tick: self.loop.tick, now: now)
    }
}
