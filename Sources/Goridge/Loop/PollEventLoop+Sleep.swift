#if os(Linux) && compiler(>=6.3) && compiler(<6.4)
@_spi(ExperimentalScheduling) import _Concurrency

/// Lets `Task.sleep` on the loop use the loop's own timers.
///
/// Otherwise a sleep takes a thread that waits, another one that hands the task over, and a system call that wakes the loop. The
/// interface is not stable in Swift yet: with other versions of it tasks sleep as they do elsewhere.
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
            // A duration of another type is checked again every millisecond.
            let nanoseconds = (left as? Duration)?.clampedNanoseconds ?? 1_000_000
            _ = self.schedule(after: nanoseconds) { self.wait(job, until: instant, clock) }
        }
    }
}
#endif
