import Goridge

/// The task that handles payloads, one after another, until it is cancelled. Confined to the worker's loop.
final class PayloadTask {
    /// A payload that must be handled or refused.
    struct Work: Sendable {
        let payload: Result<Payload, PayloadProblem>
        let id: PayloadNumber
    }

    // See PollEventLoop for why.
    @exclusivity(unchecked) private var task: Task<Void, Never>?
    /// The continuation of the task, while it waits for a payload.
    @exclusivity(unchecked) private var parked: UnsafeContinuation<Work?, Never>?
    @exclusivity(unchecked) private var hasEnded = false
    /// Whether the task is running, and takes its next payload without waiting if one arrives now.
    @exclusivity(unchecked) private(set) var isTakingInPlace = false
    @exclusivity(unchecked) private var taken: Work?

    /// Passes `work` to the waiting task, or to a new one.
    func run(_ work: Work, on loop: PollEventLoop, _ handle: @escaping @Sendable (Work) async -> Void) {
        if self.isTakingInPlace {
            self.isTakingInPlace = false
            self.taken = work
        } else if let parked = self.parked {
            self.parked = nil
            parked.resume(returning: work)
        } else {
            self.task = Task(executorPreference: loop) { await handle(work) }
        }
    }

    /// Performs `body`, which may bring the calling task its next payload.
    ///
    /// - Returns: the payload; nil when none has arrived.
    func takeInPlace(_ body: () -> Void) -> Work? {
        // An abandoned task is not reused.
        self.isTakingInPlace = self.parked == nil && !self.hasEnded
        body()
        self.isTakingInPlace = false
        return self.taken.take()
    }

    /// Suspends the task until its next payload.
    func park(_ continuation: UnsafeContinuation<Work?, Never>) {
        // An abandoned task is not reused.
        if self.parked == nil, !self.hasEnded {
            self.parked = continuation
        } else {
            continuation.resume(returning: nil)
        }
    }

    /// Cancels the task. The next payload gets a new one.
    func cancel() {
        self.isTakingInPlace = false
        self.task?.cancel()
        self.task = nil
    }

    /// Ends the task, since no more payloads come.
    func end() {
        self.hasEnded = true
        self.isTakingInPlace = false
        self.parked?.resume(returning: nil)
        self.parked = nil
    }
}
