import Synchronization

/// Counts from any thread.
package final class Counter: Sendable {
    private let count = Mutex(0)

    package init() {}

    package var value: Int { self.count.withLock { $0 } }

    @discardableResult
    package func next() -> Int {
        self.count.withLock {
            $0 += 1
            return $0
        }
    }
}
