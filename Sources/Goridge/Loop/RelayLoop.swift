import NIOConcurrencyHelpers

/// A thread with a poll loop: it reads and writes the relay, and runs the tasks that answer.
///
/// It is the task executor of handler tasks, so that a request that never leaves the loop costs one `poll`, one `read` and one
/// `write`, and no change of thread. A *turn* polls, hands out what is ready, runs the jobs that were queued by then, and
/// flushes what they wrote.
///
/// The thread starts with the first piece of work and ends when ``retire()`` was called and nothing is left to do;
/// work that arrives after that starts it again, so that no job is ever lost.
package final class RelayLoop: @unchecked Sendable {
    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    /// What other threads may touch.
    private struct Shared {
        var inbox: [Work] = []
        var isSignalled = false
        var isRunning = false
        var isRetired = false
    }

    // Not `Mutex`, which the thread sanitizer does not understand: this lock is what the threads meet at.
    private let shared = NIOLockedValueBox(Shared())
    private let wakeUp: (read: CInt, write: CInt)
    private let name: String

    // Everything below belongs to the loop's thread, and no access to it spans a call into foreign code. Checking that at run
    // time for each access would be six per cent of what a request costs.
    @exclusivity(unchecked) private var queued: [Work] = []
    @exclusivity(unchecked) private var running: [Work] = []
    @exclusivity(unchecked) private var timers = TimerHeap()
    @exclusivity(unchecked) private var pollSet = PollSet()
    @exclusivity(unchecked) private var observers: [any TurnObserver] = []
    @exclusivity(unchecked) private var lastingObservers: [any TurnObserver] = []
    @exclusivity(unchecked) private var turnWaiters: [UnsafeContinuation<Void, Never>] = []

    /// Number of the turn that runs now; it only grows.
    package private(set) var turn: UInt64 = 0

    package init(name: String = "rr-relay") throws(SystemCallError) {
        self.name = name
        self.wakeUp = try SystemCall.makePipe()
        try SystemCall.setNonBlocking(self.wakeUp.read)
        try SystemCall.setNonBlocking(self.wakeUp.write)
        self.pollSet.add(self.wakeUp.read, interest: .read, handler: nil)
    }

    deinit {
        SystemCall.closeDescriptor(self.wakeUp.read)
        SystemCall.closeDescriptor(self.wakeUp.write)
    }

    /// Whether the caller runs on the loop's thread.
    package var isCurrent: Bool { LoopKey.current == Unmanaged.passUnretained(self).toOpaque() }

    // MARK: From any thread

    /// Runs `body` on the loop's thread, later when called from elsewhere, at once when called on it.
    package func perform(_ body: @escaping @Sendable () -> Void) {
        if self.isCurrent { body() } else { self.submit(.call(body)) }
    }

    /// Runs `body` on the loop's thread and waits for its answer.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        if self.isCurrent { return body() }
        return await withCheckedContinuation { continuation in
            self.submit(.call { continuation.resume(returning: body()) })
        }
    }

    /// Lets the thread end once nothing is left to do.
    package func retire() {
        self.shared.withLockedValue { $0.isRetired = true }
        self.submit(.call {})
    }

    private func submit(_ work: Work) {
        let (mustStart, mustSignal) = self.shared.withLockedValue { shared in
            shared.inbox.append(work)
            let mustStart = !shared.isRunning
            shared.isRunning = true
            let mustSignal = !shared.isSignalled
            shared.isSignalled = true
            return (mustStart, mustSignal)
        }
        if mustSignal {
            var byte: UInt8 = 1
            // A full pipe means that the loop is about to wake up anyway.
            _ = withUnsafeBytes(of: &byte) { SystemCall.write(self.wakeUp.write, $0) }
        }
        if mustStart { LoopThread.start(name: self.name) { self.main() } }
    }

    // MARK: On the loop's thread

    package func register(_ descriptor: CInt, interest: PollInterest, handler: any PollHandler) {
        assert(self.isCurrent)
        self.pollSet.add(descriptor, interest: interest, handler: handler)
    }

    package func setInterest(_ descriptor: CInt, _ interest: PollInterest) {
        assert(self.isCurrent)
        self.pollSet.set(descriptor, interest: interest)
    }

    package func deregister(_ descriptor: CInt) {
        assert(self.isCurrent)
        self.pollSet.remove(descriptor)
    }

    /// `observer` is told when the turn that runs now has run its jobs.
    package func observeEndOfTurn(_ observer: any TurnObserver) {
        assert(self.isCurrent)
        self.observers.append(observer)
    }

    /// `observer` is told at the end of each turn, until ``stopObserving(_:)``.
    package func observeEveryTurn(_ observer: any TurnObserver) {
        assert(self.isCurrent)
        self.lastingObservers.append(observer)
    }

    package func stopObserving(_ observer: any TurnObserver) {
        assert(self.isCurrent)
        self.lastingObservers.removeAll { $0 === observer }
    }

    package func schedule(after nanoseconds: UInt64, _ action: @escaping () -> Void) -> TimerHeap.Token {
        assert(self.isCurrent)
        let (deadline, overflow) = SystemCall.monotonicNanoseconds().addingReportingOverflow(nanoseconds)
        return self.timers.schedule(at: overflow ? .max : deadline, action)
    }

    package func cancel(_ token: TimerHeap.Token) {
        assert(self.isCurrent)
        self.timers.cancel(token)
    }

    /// Suspends until the next turn: what was written is flushed, and what arrived is handed out, before it returns.
    package func nextTurn() async {
        assert(self.isCurrent)
        await withUnsafeContinuation { self.turnWaiters.append($0) }
    }

    private func main() {
        LoopKey.current = Unmanaged.passUnretained(self).toOpaque()
        while true {
            self.poll()
            self.fireTimers()
            self.takeInbox()
            self.runJobs()
            self.endTurn()
            if self.canRest(), self.rest() { break }
        }
        LoopKey.current = nil
    }

    private func poll() {
        self.turn &+= 1
        var timeout: CInt = -1
        if !self.queued.isEmpty {
            timeout = 0
        } else if let earliest = self.timers.earliest {
            let now = SystemCall.monotonicNanoseconds()
            let wait = earliest > now ? (earliest - now + 999_999) / 1_000_000 : 0
            timeout = CInt(clamping: wait)
        }
        guard self.pollSet.wait(milliseconds: timeout) > 0 else { return }
        // A handler may add and remove descriptors; what was not handed out then is reported again by the next poll.
        for index in 0..<self.pollSet.count {
            guard !self.pollSet.hasChanged else { return }
            guard let (descriptor, events, handler) = self.pollSet.ready(at: index) else { continue }
            handler.descriptorReady(descriptor, events)
        }
    }

    private func fireTimers() {
        guard self.timers.earliest != nil else { return }
        let now = SystemCall.monotonicNanoseconds()
        while let action = self.timers.popDue(at: now) { action() }
    }

    private func takeInbox() {
        guard self.pollSet.isReadable(self.wakeUp.read) else { return }
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { _ = SystemCall.read(self.wakeUp.read, into: $0) }
        self.shared.withLockedValue { shared in
            shared.isSignalled = false
            self.queued.append(contentsOf: shared.inbox)
            shared.inbox.removeAll(keepingCapacity: true)
        }
    }

    private func runJobs() {
        guard !self.queued.isEmpty else { return }
        swap(&self.queued, &self.running)
        let executor = self.asUnownedTaskExecutor()
        for work in self.running {
            switch work {
            case .job(let job): job.runSynchronously(on: executor)
            case .call(let body): body()
            }
        }
        self.running.removeAll(keepingCapacity: true)
    }

    private func endTurn() {
        for observer in self.lastingObservers { observer.turnEnded() }
        while let observer = self.observers.popLast() { observer.turnEnded() }
        guard !self.turnWaiters.isEmpty else { return }
        let waiters = self.turnWaiters
        self.turnWaiters.removeAll(keepingCapacity: true)
        for waiter in waiters { waiter.resume() }
    }

    private func canRest() -> Bool {
        self.queued.isEmpty && self.timers.count == 0 && self.pollSet.count == 1
    }

    private func rest() -> Bool {
        self.shared.withLockedValue { shared in
            guard shared.isRetired, shared.inbox.isEmpty else { return false }
            shared.isRunning = false
            return true
        }
    }
}

/// Something that acts when the jobs of a turn have run.
package protocol TurnObserver: AnyObject {
    func turnEnded()
}

extension RelayLoop: TaskExecutor {
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if self.isCurrent { self.queued.append(.job(job)) } else { self.submit(.job(job)) }
    }
}
