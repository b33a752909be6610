import Synchronization
import Testing

@testable import RoadRunnerRuntime

@Suite(.timeLimit(.minutes(1))) struct HandlerLimitTests {
    @Test func waitersBeginInOrder() async throws {
        let limit = HandlerLimit(2)
        #expect(limit.enter() && limit.enter())
        #expect(!limit.enter())
        let order = Order()
        var tasks: [Task<Void, Never>] = []
        for number in 0..<5 {
            tasks.append(
                Task {
                    guard await limit.enterInTurn() else { return }
                    order.append(number)
                    limit.leave()
                })
            while limit.waitingCount <= number { await Task.yield() }
        }
        #expect(order.numbers.isEmpty)
        limit.leave()
        for task in tasks { await task.value }
        #expect(order.numbers == [0, 1, 2, 3, 4])
        limit.leave()
        #expect(limit.enter() && limit.enter())
        #expect(!limit.enter())
    }

    private final class Order: Sendable {
        private let state = Mutex<[Int]>([])
        var numbers: [Int] { self.state.withLock { $0 } }
        func append(_ number: Int) { self.state.withLock { $0.append(number) } }
    }

    @Test func cancelledWaitersTakeNoTurn() async throws {
        let limit = HandlerLimit(1)
        #expect(limit.enter())
        let first = Task { await limit.enterInTurn() }
        while limit.waitingCount < 1 { await Task.yield() }
        let second = Task { await limit.enterInTurn() }
        while limit.waitingCount < 2 { await Task.yield() }
        first.cancel()
        #expect(await first.value == false)
        limit.leave()
        #expect(await second.value)
        let third = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await limit.enterInTurn()
        }
        #expect(await third.value == false)
        limit.leave()
        #expect(limit.enter())
    }
}
