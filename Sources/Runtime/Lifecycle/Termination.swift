import Synchronization

/// The end of the process, which begins once: when it is asked to stop, or ends by itself.
package final class Termination: Sendable {
    private let limit: Duration
    private let state = Mutex<ShutdownSequence?>(nil)
    private let signal: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// - Parameter limit: the time that the whole shutdown may take.
    package init(limit: Duration) {
        self.limit = limit
        (self.signal, self.continuation) = AsyncStream.makeStream()
    }

    /// Begins the shutdown. The clock starts with the first call.
    @discardableResult
    package func begin() -> ShutdownSequence {
        let limit = self.limit
        let sequence = self.state.withLock { state in
            let sequence = state ?? ShutdownSequence(limit: limit)
            state = sequence
            return sequence
        }
        self.continuation.finish()
        return sequence
    }

    /// The shutdown sequence; nil until the process is asked to stop.
    package var sequence: ShutdownSequence? { self.state.withLock { $0 } }

    /// Waits until the process is asked to stop, or the task is cancelled.
    package func begun() async { for await _ in self.signal {} }
}
