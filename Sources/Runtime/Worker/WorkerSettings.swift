import Goridge

/// The settings of a worker loop.
package struct WorkerSettings: Sendable {
    /// The time that a shutdown may take, and that a handler may continue after its response while the next payload waits.
    /// RoadRunner kills the worker ten seconds after its stop command.
    package var stopDeadline = Duration.seconds(8)
    package var maximumPayloadSize = FrameDecoder.defaultMaximumPayloadSize
    /// The pid for the handshake.
    package var processID: Int32 = currentProcessID()
    /// Whether standard output is redirected by ``StdoutGuard``, and must be flushed after each response.
    package var flushesStandardOutput = false
    /// If the kernel has other workers: runs once this one has no work left, in place of the kernel's shutdown.
    package var leave: (@Sendable (ShutdownSequence) async -> Void)?
    /// Whether RoadRunner already knows the worker, which was served by another process before.
    package var wasServed = false
    /// Records whether RoadRunner waits for anything from this worker, for the slot that outlives this process.
    package var activity: SlotActivity?
    /// Counts the frames and bytes of the relay; nil when the process has no backend for metrics.
    var metrics: RuntimeMetrics?

    package init() {}
}
