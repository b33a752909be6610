import Goridge
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct PollEventLoopTests {
    @Test func tasksOfTheLoopReturnToItAfterSleepsGroupsAndOtherActors() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let isAlwaysOnTheLoop = await Task(executorPreference: loop) {
            var results = [loop.inEventLoop]
            try? await Task.sleep(for: .milliseconds(1))
            results.append(loop.inEventLoop)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<3 { group.addTask { loop.inEventLoop } }
                for await result in group { results.append(result) }
            }
            async let child = loop.inEventLoop
            results.append(await child)
            await MainActor.run { results.append(!loop.inEventLoop) }
            results.append(loop.inEventLoop)
            await withCheckedContinuation { continuation in
                Task.detached { continuation.resume() }
            }
            results.append(loop.inEventLoop)
            await loop.nextTick()
            results.append(loop.inEventLoop)
            return results
        }.value
        #expect(isAlwaysOnTheLoop.allSatisfy { $0 })
        #expect(isAlwaysOnTheLoop.count == 10)
    }

    @Test func theOnlyJobBeginsTheNextTickItself() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let fired = Counter()
        let hasTicked = await Task(executorPreference: loop) {
            guard loop.canTickInPlace else { return false }
            let before = loop.tick
            _ = loop.schedule(after: 1_000_000) { fired.next() }
            loop.tickInPlace()
            return loop.tick == before + 1
        }.value
        #expect(hasTicked)
        #expect(fired.value == 1)
    }

    @Test func aJobBeforeOthersBeginsNoTick() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let (first, second) = await loop.submit {
            (Task(executorPreference: loop) { loop.canTickInPlace }, Task(executorPreference: loop) { loop.canTickInPlace })
        }
        #expect(await !first.value)
        #expect(await second.value)
    }

    @Test func tasksResumedAtTheEndOfATickRunBeforeTheNext() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let count = Counter()
        let (waiter, job) = await loop.submit {
            let waiter = Task(executorPreference: loop) {
                await loop.nextTick()
                count.next()
            }
            let job = Task(executorPreference: loop) {
                guard loop.canTickInPlace else { return false }
                let before = loop.tick
                loop.tickInPlace()
                // The tick resumed the waiter, which does not run before this job is done.
                return loop.tick == before && !loop.canTickInPlace && count.value == 0
            }
            return (waiter, job)
        }
        #expect(await job.value)
        await waiter.value
        #expect(count.value == 1)
    }

    @Test func workFromManyThreadsIsRunOnceEach() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let count = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<200 { await loop.submit { _ = count.next() } }
                }
            }
        }
        #expect(count.value == 10_000)
    }

    @Test func timersFireOnTheLoopInOrder() async throws {
        let loop = try PollEventLoop()
        defer { loop.shutdownWhenIdle() }
        let order = await withCheckedContinuation { (continuation: CheckedContinuation<[Int], Never>) in
            loop.execute {
                var order: [Int] = []
                _ = loop.schedule(after: 20_000_000) {
                    order.append(2)
                    continuation.resume(returning: order)
                }
                _ = loop.schedule(after: 5_000_000) { order.append(1) }
                let cancelled = loop.schedule(after: 1_000_000) { order.append(0) }
                loop.cancel(cancelled)
            }
        }
        #expect(order == [1, 2])
    }

    @Test func aRetiredLoopRunsLateWork() async throws {
        let loop = try PollEventLoop()
        #expect(await loop.submit { true })
        loop.shutdownWhenIdle()
        for _ in 0..<20 { #expect(await loop.submit { loop.inEventLoop }) }
        #expect(await Task(executorPreference: loop) { loop.inEventLoop }.value)
    }
}
