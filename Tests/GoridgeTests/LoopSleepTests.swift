import Goridge
import Testing

/// Tests tasks that sleep on the loop, on any thread and with any clock.
@Suite(.timeLimit(.minutes(1))) struct LoopSleepTests {
    @Test func theShorterSleepEndsFirst() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        await withTaskGroup(of: Int.self) { group in
            for milliseconds in [60, 20, 40, 0] {
                group.addTask(executorPreference: loop) {
                    let start = ContinuousClock.now
                    try? await Task.sleep(for: .milliseconds(milliseconds))
                    #expect(ContinuousClock.now - start >= .milliseconds(milliseconds))
                    #expect(loop.inEventLoop)
                    return milliseconds
                }
            }
            let ended = await group.reduce(into: []) { $0.append($1) }
            #expect(ended == [0, 20, 40, 60])
        }
    }

    @Test func aCancelledSleepEndsAtOnce() async throws {
        let loop = try PollEventLoop()
        let task = Task(executorPreference: loop) {
            do {
                try await Task.sleep(for: .seconds(3600))
                return false
            } catch {
                return error is CancellationError && loop.inEventLoop
            }
        }
        await loop.submit {}
        task.cancel()
        #expect(await task.value)
        loop.shutdownWhenIdle()
    }

    @Test func everyClockWakes() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        await Task(executorPreference: loop) {
            try? await SuspendingClock().sleep(for: .milliseconds(5))
            #expect(loop.inEventLoop)
            try? await ContinuousClock().sleep(until: .now - .seconds(1))
            #expect(loop.inEventLoop)
            try? await Task.sleep(nanoseconds: 1)
            #expect(loop.inEventLoop)
        }.value
    }
}
