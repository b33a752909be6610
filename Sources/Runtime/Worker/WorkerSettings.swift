package import Goridge

/// How a worker loop behaves.
package struct WorkerSettings: Sendable {
    /// How long an ending may take, and how long a handler may go on after its answer while the next payload waits, in
    /// nanoseconds. RoadRunner kills ten seconds after its stop command.
    package var stopDeadline: UInt64 = 8_000_000_000
    package var maximumPayloadSize = FrameDecoder.defaultMaximumPayloadSize
    /// The pid for the handshake.
    package var processID: Int32 = currentProcessID()
    /// Whether standard output is watched over by a ``StdoutGuard``, and is to be flushed after each answer.
    package var flushesStandardOutput = false
    package init() {}
}

/// Where a worker takes its handler from, booting the kernel when that is still to be done.
package protocol HandlerSource: AnyObject, Sendable {
    /// The handler, once the kernel was booted (or has failed to: then it is one that says so).
    var readyHandler: (any PayloadHandler)? { get }
    /// Boots on the first payload. Called once, and only while ``readyHandler`` is nil.
    func boot() async -> any PayloadHandler
    /// Whether the kernel has failed, so that another worker should take over.
    var hasFailed: Bool { get }
    /// What the relay has carried since the last payload.
    func transferred(_ traffic: WireTraffic)
    /// What is to be done before the next payload; nil when there is nothing.
    func workAfter(_ outcome: Outcome) -> (@Sendable () async -> Void)?
    /// Runs the stop hooks.
    func shutdown() async
}

/// How a worker ended.
package struct WorkerExit: Sendable, Hashable {
    package let code: CInt
    /// One line for stderr; nil when there is nothing to say.
    package let message: String?

    package static let regular = WorkerExit(code: 0, message: nil)
    package static func failure(_ message: String) -> WorkerExit { WorkerExit(code: 1, message: message) }
    /// Nobody has spoken to it: a person has started it, or RoadRunner died at once.
    package static let withoutHandshake = WorkerExit.failure(
        """
        the relay ended before RoadRunner's handshake. This process was a worker of one of RoadRunner's pools, since RR_MODE is set: \
        start it with "rr serve", or without RR_MODE to let it serve alone
        """)
}
