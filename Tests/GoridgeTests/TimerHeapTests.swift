import Goridge
import TestSupport
import Testing

@Suite struct TimerHeapTests {
    @Test func timersFireInOrderAndCancelledOnesDoNot() {
        var random = SeededGenerator.forTest()
        for _ in 0..<100 {
            var heap = TimerHeap()
            var fired: [UInt64] = []
            var expected: [UInt64] = []
            var tokens: [(TimerHeap.Token, UInt64)] = []
            for _ in 0..<Int.random(in: 1...200, using: &random) {
                let deadline = UInt64.random(in: 0...50, using: &random)
                tokens.append((heap.schedule(at: deadline) { fired.append(deadline) }, deadline))
            }
            for (token, deadline) in tokens {
                if Bool.random(using: &random) { heap.cancel(token) } else { expected.append(deadline) }
            }
            expected.sort()
            #expect(heap.earliest == expected.first, "\(random)")
            for now in 0...50 as ClosedRange<UInt64> {
                while let action = heap.popDue(at: now) { action() }
                #expect(fired.allSatisfy { $0 <= now })
            }
            #expect(fired == expected, "\(random)")
            #expect(heap.count == 0)
            #expect(heap.earliest == nil)
        }
    }
}
