import Goridge

/// How a worker loop behaves.
package struct WorkerSettings: Sendable {
    /// How long an ending may take, and how long a handler may go on after its response while the next payload waits. RoadRunner kills
    /// ten seconds after its stop command.
    package var stopDeadline = Duration.seconds(8)
    package var maximumPayloadSize = FrameDecoder.defaultMaximumPayloadSize
    /// The pid for the handshake.
    package var processID: Int32 = currentProcessID()
    /// Whether standard output is watched over by a ``StdoutGuard``, and is to be flushed after each response.
    package var flushesStandardOutput = false
    /// Where the kernel has other workers: what is done once this one has nothing in hand any more, in place of the kernel's end.
    package var leave: (@Sendable (ShutdownSequence) async -> Void)?
    /// Whether RoadRunner knows the worker already, by what was its relay before.
    package var wasServed = false
    /// Whether RoadRunner waits for anything from this worker, for who outlives this process.
    package var activity: SlotActivity?
    package init() {}
}

/// How a worker ended.
package struct WorkerExit: Sendable, Hashable {
    package let code: CInt
    /// One line for stderr; nil when there is nothing to say.
    package let message: String?

    package static let regular = WorkerExit(code: 0, message: nil)
    package static func failure(_ message: String) -> WorkerExit { WorkerExit(code: 1, message: message) }
    /// RoadRunner never spoke: a person has started the process, or RoadRunner died at once.
    package static let withoutHandshake = WorkerExit.failure(
        """
        the relay ended before RoadRunner's handshake. This process was a worker of one of RoadRunner's pools, since RR_MODE is set: \
        start it with "rr serve", or without RR_MODE to let it serve alone
        """)
}
