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
