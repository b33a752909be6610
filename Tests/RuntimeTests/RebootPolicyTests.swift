import TestSupport
import Testing

@testable import RoadRunnerRuntime

private struct Known: Error {}
private struct Other: Error {}

@Suite struct RebootPolicyTests {
    private func state(_ policy: RebootPolicy) -> RebootState {
        var random = SystemRandomNumberGenerator()
        return RebootState(policy, using: &random)
    }

    @Test func onlyPoliciesForErrorsIgnoreSuccess() {
        #expect(self.state(.any()).ignoresSuccess)
        #expect(self.state(.onException()).ignoresSuccess)
        #expect(!self.state(.maxRequests(10)).ignoresSuccess)
        #expect(!self.state(.custom { _ in nil }).ignoresSuccess)
    }

    @Test func copiesOfAnOutcomeShareNothing() {
        var outcome = Outcome(status: 200)
        outcome.rebootReason = nil
        outcome.failures = []
        #expect(outcome.isPlain)
        outcome.rebootReason = "first"
        var copy = outcome
        copy.rebootReason = "second"
        copy.summary = "text"
        #expect(outcome.rebootReason == "first")
        #expect(outcome.summary == nil)
        #expect(copy.rebootReason == "second")
        #expect(!outcome.isPlain)
    }

    @Test func exceptionsRebootUnlessTheyAreAllowed() {
        var all = self.state(.onException())
        #expect(all.handled(nil) == nil)
        #expect(all.handled(Known())?.contains("Known") == true)
        var some = self.state(
            .onException(allowing: [Known.self], where: { "\($0)".contains("4") }, minimumInterval: .zero))
        #expect(some.handled(Known()) == nil)
        #expect(some.handled(Other()) != nil)
        struct Number: Error { let number: Int }
        #expect(some.handled(Number(number: 4)) == nil)
        #expect(some.handled(Number(number: 5)) != nil)
    }

    /// A reboot within the minimum interval is deferred, and happens even without another error.
    @Test func rebootsAfterExceptionsArePaced() {
        var random = SystemRandomNumberGenerator()
        let second: UInt64 = 1_000_000_000
        var state = RebootState(.onException(), lastReboot: 100 * second, using: &random)
        #expect(state.handled(Known()) { 105 * second } == nil)
        #expect(state.handled(nil) { 110 * second - 1 } == nil)
        #expect(state.handled(nil) { 110 * second } == "Known was thrown")
        // One reboot is enough, whether it succeeds or not.
        #expect(state.handled(nil) { 111 * second } == nil)
        #expect(state.lastReboot == 110 * second)
        // The interval does not defer reboots for other reasons.
        state = RebootState(.any(.onException(), .maxRequests(2, jitter: 0)), lastReboot: 100 * second, using: &random)
        #expect(state.handled(Known()) { 101 * second } == nil)
        #expect(state.handled(nil) { 101 * second } == "it has handled 2 requests")
        // A clock that went backwards also defers the reboot.
        state = RebootState(.onException(), lastReboot: 100 * second, using: &random)
        #expect(state.handled(Known()) { 99 * second } == nil)
        // The first kernel follows no reboot.
        state = RebootState(.onException(), using: &random)
        #expect(state.handled(Known()) { 1 } != nil)
    }

    @Test func alwaysAndNever() {
        var always = self.state(.always)
        #expect(always.handled(nil) != nil)
        var never = self.state(.never)
        #expect(never.handled(Known()) == nil)
    }

    @Test func limitsAreDrawnWithinTheirBoundsAndBothAreReached() {
        var random = SeededGenerator.forTest()
        var seen: Set<Int> = []
        for _ in 0..<5000 {
            var state = RebootState(.maxRequests(100, jitter: 0.2), using: &random)
            var count = 1
            while state.handled(nil) == nil { count += 1 }
            seen.insert(count)
        }
        #expect(seen.min() == 80)
        #expect(seen.max() == 100)
        #expect(seen.count == 21)
    }

    @Test(arguments: [(1, 0.9, 1...1), (10, 0, 10...10), (3, 0.5, 1...3), (5, .nan, 5...5), (0, 0.2, 1...1), (10, 7, 1...10)])
    func oddLimits(_ count: Int, _ jitter: Double, _ range: ClosedRange<Int>) {
        for _ in 0..<50 {
            var state = self.state(.maxRequests(count, jitter: jitter))
            var handled = 1
            while state.handled(nil) == nil { handled += 1 }
            #expect(range.contains(handled))
        }
    }

    @Test func theLargestLimit() {
        var state = self.state(.maxRequests(.max, jitter: 1))
        _ = state.handled(nil)
        #expect(state.handledCount == 1)
    }

    @Test func everyRequestCountsAlsoThoseThatFail() {
        var state = self.state(.any(.maxRequests(3, jitter: 0), .custom { $0.error is Other ? "other" : nil }))
        #expect(state.handled(Known()) == nil)
        #expect(state.handled(nil) == nil)
        #expect(state.handled(Known()) == "it has handled 3 requests")
        #expect(state.handled(Other()) != nil)
    }
}
