#if os(Linux) && compiler(>=6.3) && compiler(<6.4)
@_spi(ExperimentalScheduling) import _Concurrency

/// `Task.sleep` on the loop waits by the loop's own timers.
///
/// Otherwise it takes a thread that waits for the time, one that hands the task over, and a system call that wakes the loop. Swift does
/// not promise the interface yet: with other versions of it tasks sleep as they do everywhere.
extension PollEventLoop: SchedulingExecutor {
    package func enqueue<ItsClock: Clock>(
        _ job: consuming ExecutorJob, after delay: ItsClock.Duration, tolerance: ItsClock.Duration?, clock: ItsClock
    ) {
        self.wait(UnownedJob(job), until: clock.now.advanced(by: delay), clock)
    }

    package func enqueue<ItsClock: Clock>(
        _ job: consuming ExecutorJob, at instant: ItsClock.Instant, tolerance: ItsClock.Duration?, clock: ItsClock
    ) {
        self.wait(UnownedJob(job), until: instant, clock)
    }

    private func wait<ItsClock: Clock>(_ job: UnownedJob, until instant: ItsClock.Instant, _ clock: ItsClock) {
        self.execute {
            let left = clock.now.duration(to: instant)
            guard left > .zero else { return self.enqueue(job) }
            // What is no time of ours is looked at again and again.
            let nanoseconds = (left as? Duration)?.clampedNanoseconds ?? 1_000_000
            _ = self.schedule(after: nanoseconds) { self.wait(job, until: instant, clock) }
        }
    }
}
#endif
