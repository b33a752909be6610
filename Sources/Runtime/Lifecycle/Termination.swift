import Synchronization

/// Whether the process was told to end, which it is once.
package final class Termination: Sendable {
    private let limit: Duration
    private let state = Mutex<ShutdownSequence?>(nil)
    private let signal: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// - Parameter limit: how long everything may take from then on.
    package init(limit: Duration) {
        self.limit = limit
        (self.signal, self.continuation) = AsyncStream.makeStream()
    }

    /// The process was told to end, or ends by itself. The clock starts with the first call.
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

    /// Nil until the process is told to end.
    package var sequence: ShutdownSequence? { self.state.withLock { $0 } }

    /// Waits until the process is told to end, or the task is cancelled.
    package func begun() async { for await _ in self.signal {} }
}
