import Synchronization
import Testing

@testable import RoadRunnerRuntime

@Suite(.timeLimit(.minutes(1))) struct ShutdownSequenceTests {
    @Test func stepsThatHangAreNamedAndTheNextOnesRun() async throws {
        let sequence = ShutdownSequence(limit: .milliseconds(200))
        #expect(await sequence.step("the first", share: 0.25) {})
        #expect(sequence.failure == nil)
        #expect(await !sequence.step("the second", share: 0.25) { await hang() })
        let isDone = Mutex(false)
        #expect(await sequence.step("the third", share: 0.5) { isDone.withLock { $0 = true } })
        #expect(isDone.withLock { $0 })
        #expect(await !sequence.step("the fourth") { await hang() })
        #expect(sequence.remaining == .zero)
        #expect(
            sequence.failure == "the second, the fourth did not end in the 0.2 s that a shutdown may take; giving up")
        #expect(ShutdownSequence(limit: .seconds(8)).failureNow("something").hasPrefix("something did not end in the 8.0 s"))
    }

    @Test func aShutdownBeginsOnce() async throws {
        let termination = Termination(limit: .seconds(8))
        #expect(termination.sequence == nil)
        let sequence = termination.begin()
        #expect(termination.begin() === sequence)
        #expect(termination.sequence === sequence)
        await termination.begun()
    }
}
