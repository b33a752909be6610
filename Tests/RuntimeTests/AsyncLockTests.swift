import Synchronization
import Testing

@testable import RoadRunnerRuntime

private final class Counter: Sendable {
    let state = Mutex((inside: 0, most: 0, count: 0))

    func enter() {
        self.state.withLock { state in
            state.inside += 1
            state.most = max(state.most, state.inside)
        }
    }

    func leave() {
        self.state.withLock { state in
            state.inside -= 1
            state.count += 1
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct AsyncLockTests {
    @Test func oneTaskWritesAtATime() async {
        let gate = AsyncLock()
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<20 {
                        await gate.withLock {
                            counter.enter()
                            await Task.yield()
                            counter.leave()
                        }
                    }
                }
            }
        }
        #expect(counter.state.withLock { $0.most } == 1)
        #expect(counter.state.withLock { $0.count } == 1000)
    }

    @Test func itIsFreeAgainAfterAnError() async {
        struct Failed: Error {}
        let gate = AsyncLock()
        await #expect(throws: Failed.self) { try await gate.withLock { throw Failed() } }
        #expect(await gate.withLock { true })
    }
}
