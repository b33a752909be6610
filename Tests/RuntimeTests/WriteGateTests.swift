import Synchronization
import Testing

@testable import Standalone

private final class Counter: Sendable {
    let state = Mutex((inside: 0, most: 0, count: 0))

    func enter() {
        self.state.withLock { state in
            state.inside += 1
            state.most = max(state.most, state.inside)
        }
    }

    func disconnectClient() {
        self.state.withLock { state in
            state.inside -= 1
            state.count += 1
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct WriteGateTests {
    @Test func oneTaskWritesAtATime() async {
        let gate = WriteGate()
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<20 {
                        await gate.run {
                            counter.enter()
                            await Task.yield()
                            counter.disconnectClient()
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
        let gate = WriteGate()
        await #expect(throws: Failed.self) { try await gate.run { throw Failed() } }
        #expect(await gate.run { true })
    }
}
