import NIOConcurrencyHelpers
import Synchronization

/// A thread with a poll loop, which reads and writes the relay and runs the tasks that respond.
///
/// It is the task executor of handler tasks: a request that never leaves the loop costs one `poll`, one `read` and one `write`, and
/// no thread switch. A *tick* polls, dispatches ready descriptors, runs the queued jobs, and flushes their writes. A job that runs
/// alone may do that itself (``tickInPlace()``).
///
/// The thread starts with the first piece of work, and ends when ``shutdownWhenIdle()`` was called and nothing is left to do. Work
/// that arrives after that starts it again, so no job is ever lost.
package final class PollEventLoop: @unchecked Sendable {
    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    /// State that other threads may touch.
    private struct Shared {
        var inbox: [Work] = []
        var isSignalled = false
        var isRunning = false
        var shutsDownWhenIdle = false
    }

    // Not `Mutex`, which the thread sanitizer does not understand: the threads meet at this lock.
    private let shared = NIOLockedValueBox(Shared())
    private let wakeUp: (read: CInt, write: CInt)
    private let name: String
    /// A count that changes with each tick; odd while jobs run.
    private let progress = Atomic<UInt64>(0)

    // Everything below belongs to the loop's thread, and no access to it spans a call into foreign code. Checking that at run time
    // would cost two calls of the runtime for each access.
    @exclusivity(unchecked) private var queued: [Work] = []
    @exclusivity(unchecked) private var running: [Work] = []
    @exclusivity(unchecked) private var timers = TimerHeap()
    @exclusivity(unchecked) private var pollSet = PollSet()
    @exclusivity(unchecked) private var observers: [any TickObserver] = []
    @exclusivity(unchecked) private var everyTickObservers: [any TickObserver] = []
    @exclusivity(unchecked) private var tickWaiters: [UnsafeContinuation<Void, Never>] = []

    /// The number of the current tick, which only grows.
    @exclusivity(unchecked) package private(set) var tick: UInt64 = 0
    /// Whether the current job is the last of its tick.
    @exclusivity(unchecked) private var runsLastJob = false

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
    package var inEventLoop: Bool { LoopKey.current == Unmanaged.passUnretained(self).toOpaque() }

    /// Traps in debug builds when the caller does not run on the loop's thread. State that is confined to it has no lock.
    package func assertInEventLoop() { assert(self.inEventLoop) }

    // MARK: From any thread

    /// Runs `body` on the loop's thread: at once when called on it, later when called from elsewhere.
    package func execute(_ body: @escaping @Sendable () -> Void) {
        if self.inEventLoop { body() } else { self.add(.call(body)) }
    }

    /// Runs `body` on the loop's thread and waits for its result.
    package func submit<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        if self.inEventLoop { return body() }
        return await withCheckedContinuation { continuation in
            self.add(.call { continuation.resume(returning: body()) })
        }
    }

    /// A mark that stays the same while one job occupies the loop; nil when none does.
    package var jobMark: UInt64? {
        let progress = self.progress.load(ordering: .relaxed)
        return progress & 1 == 1 ? progress : nil
    }

    /// Ends the thread once nothing is left to do.
    package func shutdownWhenIdle() {
        self.shared.withLockedValue { $0.shutsDownWhenIdle = true }
        self.add(.call {})
    }

    private func add(_ work: Work) {
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
        self.assertInEventLoop()
        self.pollSet.add(descriptor, interest: interest, handler: handler)
    }

    package func setInterest(_ descriptor: CInt, _ interest: PollInterest) {
        self.assertInEventLoop()
        self.pollSet.set(descriptor, interest: interest)
    }

    package func deregister(_ descriptor: CInt) {
        self.assertInEventLoop()
        self.pollSet.remove(descriptor)
    }

    /// Notifies `observer` when the current tick has run its jobs.
    package func observeEndOfTick(_ observer: any TickObserver) {
        self.assertInEventLoop()
        self.observers.append(observer)
    }

    /// Notifies `observer` at the end of each tick, until ``stopObserving(_:)``.
    package func observeEveryTick(_ observer: any TickObserver) {
        self.assertInEventLoop()
        self.everyTickObservers.append(observer)
    }

    package func stopObserving(_ observer: any TickObserver) {
        self.assertInEventLoop()
        self.everyTickObservers.removeAll { $0 === observer }
    }

    package func schedule(after nanoseconds: UInt64, _ action: @escaping () -> Void) -> TimerHeap.Token {
        self.assertInEventLoop()
        let (deadline, overflow) = SystemCall.monotonicNanoseconds().addingReportingOverflow(nanoseconds)
        return self.timers.schedule(at: overflow ? .max : deadline, action)
    }

    package func cancel(_ token: TimerHeap.Token) {
        self.assertInEventLoop()
        self.timers.cancel(token)
    }

    /// Suspends until the next tick: writes are flushed, and received frames are dispatched, before it returns.
    package func nextTick() async {
        self.assertInEventLoop()
        await withUnsafeContinuation { self.tickWaiters.append($0) }
    }

    private func main() {
        LoopKey.current = Unmanaged.passUnretained(self).toOpaque()
        while true {
            self.poll()
            self.fireTimers()
            self.takeInbox()
            self.runJobs()
            self.endTick()
            if self.isIdle, self.endThread() { break }
        }
        LoopKey.current = nil
    }

    private func poll() {
        self.tick &+= 1
        self.progress.store(self.tick &<< 1, ordering: .relaxed)
        defer { self.progress.store(self.tick &<< 1 | 1, ordering: .relaxed) }
        var timeout: CInt = -1
        if !self.queued.isEmpty {
            timeout = 0
        } else if let earliest = self.timers.earliest {
            let now = SystemCall.monotonicNanoseconds()
            let wait = earliest > now ? (earliest - now + 999_999) / 1_000_000 : 0
            timeout = CInt(clamping: wait)
        }
        guard self.pollSet.wait(milliseconds: timeout) > 0 else { return }
        // A handler may add and remove descriptors; events that were not dispatched then are reported again by the next poll.
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
        let executor = self.asUnownedTaskExecutor()
        if self.queued.count == 1, let work = self.queued.popLast() {
            self.run(work, isLast: true, executor)
        } else {
            swap(&self.queued, &self.running)
            for index in self.running.indices {
                self.run(self.running[index], isLast: index == self.running.count - 1, executor)
            }
            self.running.removeAll(keepingCapacity: true)
        }
        self.runsLastJob = false
    }

    @inline(__always)
    private func run(_ work: Work, isLast: Bool, _ executor: UnownedTaskExecutor) {
        self.runsLastJob = isLast
        switch work {
        case .job(let job): job.runSynchronously(on: executor)
        case .call(let body): body()
        }
    }

    // MARK: A tick within a job

    /// Whether the current job may begin the next tick by ``tickInPlace()``, since no other job is waiting.
    package var canTickInPlace: Bool { self.runsLastJob && self.queued.isEmpty }

    /// Runs the part of a tick between this job and those of the next tick. It is for a job that has nothing left to do, and that
    /// would otherwise be suspended until this resumes it.
    ///
    /// Jobs that become ready do not run here: the caller has to suspend for them, as it would have had to without this.
    package func tickInPlace() {
        assert(self.inEventLoop && self.canTickInPlace)
        self.endTick()
        // Jobs that were resumed by this come first.
        guard self.queued.isEmpty else { return }
        self.poll()
        self.fireTimers()
        self.takeInbox()
    }

    private func endTick() {
        for observer in self.everyTickObservers { observer.tickDidEnd() }
        while let observer = self.observers.popLast() { observer.tickDidEnd() }
        guard !self.tickWaiters.isEmpty else { return }
        let waiters = self.tickWaiters
        self.tickWaiters.removeAll(keepingCapacity: true)
        for waiter in waiters { waiter.resume() }
    }

    private var isIdle: Bool {
        self.queued.isEmpty && self.timers.count == 0 && self.pollSet.count == 1
    }

    /// - Returns: whether the thread may end: work that arrives from now on starts another one.
    private func endThread() -> Bool {
        self.shared.withLockedValue { shared in
            guard shared.shutsDownWhenIdle, shared.inbox.isEmpty else { return false }
            shared.isRunning = false
            return true
        }
    }
}

extension PollEventLoop: TaskExecutor {
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if self.inEventLoop { self.queued.append(.job(job)) } else { self.add(.job(job)) }
    }
}
