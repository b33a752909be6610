import Goridge

/// The task that handles payloads, one after the other, until it is cancelled. Confined to the worker's loop.
final class PayloadTask {
    /// A payload to be handled, or to be refused.
    struct Work: Sendable {
        let payload: Result<Payload, PayloadProblem>
        let id: PayloadNumber
    }

    // See PollEventLoop for why.
    @exclusivity(unchecked) private var task: Task<Void, Never>?
    /// The task, while it waits for a payload.
    @exclusivity(unchecked) private var parked: UnsafeContinuation<Work?, Never>?
    @exclusivity(unchecked) private var hasEnded = false
    /// The task runs, and takes its next payload without waiting if one comes now.
    @exclusivity(unchecked) private(set) var isTakingInPlace = false
    @exclusivity(unchecked) private var taken: Work?

    /// Hands `work` to the task that waits for some, or to a new one.
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

    /// Performs `body`, which may bring the task, whose caller it is, its next payload.
    ///
    /// - Returns: the payload; nil when none has come.
    func takeInPlace(_ body: () -> Void) -> Work? {
        // A task that was left behind is not wanted back.
        self.isTakingInPlace = self.parked == nil && !self.hasEnded
        body()
        self.isTakingInPlace = false
        return self.taken.take()
    }

    /// The task waits for its next payload.
    func park(_ continuation: UnsafeContinuation<Work?, Never>) {
        // A task that was left behind is not wanted back.
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

    /// No more payloads come.
    func end() {
        self.hasEnded = true
        self.isTakingInPlace = false
        self.parked?.resume(returning: nil)
        self.parked = nil
    }
}
