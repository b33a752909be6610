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
    package init() {}
}

/// The exit of a worker.
package struct WorkerExit: Sendable, Hashable {
    package let code: CInt
    /// One line for stderr; nil when there is none.
    package let message: String?

    package static let regular = WorkerExit(code: 0, message: nil)
    package static func failure(_ message: String) -> WorkerExit { WorkerExit(code: 1, message: message) }
    /// RoadRunner never sent anything: the process was started by hand, or RoadRunner died at once.
    package static let withoutHandshake = WorkerExit.failure(
        """
        the relay ended before RoadRunner's handshake. This process was a worker of one of RoadRunner's pools, since RR_MODE is set: \
        start it with "rr serve", or without RR_MODE to let it serve alone
        """)
}
