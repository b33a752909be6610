import Goridge

/// Decides when the chunks of a body are passed to the system, and when their writer has to wait. A value without I/O.
///
/// Chunks that follow each other without a pause are written together: a `write` for each would be most of a stream's cost. The
/// limits below are chosen, not measured.
package struct WriteBackpressure {
    package enum Decision: Hashable {
        case proceed
        /// Let the loop read, so that an endless body that never suspends can be asked to stop.
        case yield
        /// The relay is full.
        case waitForDrain
    }

    /// The number of bytes after which a writer lets a tick pass.
    private static let bytesPerTick = 64 * 1024
    /// The time that a body may write without suspending, in nanoseconds.
    private static let writingTime: UInt64 = 1_000_000
    /// The time since the previous write after which a chunk is flushed at once, in nanoseconds.
    private static let pause: UInt64 = 50_000

    private var isFirstChunk = true
    // The time at which the current body began to write in this tick.
    private var tick: UInt64 = 0
    private var since: UInt64 = 0

    mutating func beginResponse() { self.isFirstChunk = true }

    /// - Parameter now: the monotonic clock, where it has been read already.
    mutating func shouldFlush(pendingBytes: Int, lastWrite: UInt64, now: UInt64? = nil) -> Bool {
        if self.isFirstChunk {
            self.isFirstChunk = false
            return true
        }
        if pendingBytes > Self.bytesPerTick { return true }
        return (now ?? SystemCall.monotonicNanoseconds()) &- lastWrite > Self.pause
    }

    /// - Parameter now: the monotonic clock, where it has been read already.
    mutating func decide(pendingBytes: Int, isAboveHighWaterMark: Bool, tick: UInt64, now: UInt64? = nil) -> Decision {
        if isAboveHighWaterMark { return .waitForDrain }
        if pendingBytes > Self.bytesPerTick { return .yield }
        let now = now ?? SystemCall.monotonicNanoseconds()
        if self.tick != tick {
            self.tick = tick
            self.since = now
        }
        return now &- self.since > Self.writingTime ? .yield : .proceed
    }
}
