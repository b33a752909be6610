import HeapModule

/// The timers of a loop, earliest first. A value without I/O.
package struct TimerHeap {
    package struct Token: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Entry: Comparable {
        let deadline: UInt64
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool { (left.deadline, left.number) < (right.deadline, right.number) }
    }

    private var heap = Heap<Entry>()
    /// The actions of the timers that were not cancelled.
    private var actions: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    package init() {}

    package var count: Int { self.actions.count }

    /// The time at which the next timer is due, in nanoseconds of the monotonic clock.
    package var earliest: UInt64? { self.heap.min?.deadline }

    package mutating func schedule(at deadline: UInt64, _ action: @escaping () -> Void) -> Token {
        self.lastNumber &+= 1
        self.actions[self.lastNumber] = action
        self.heap.insert(Entry(deadline: deadline, number: self.lastNumber))
        return Token(number: self.lastNumber)
    }

    package mutating func cancel(_ token: Token) {
        guard self.actions.removeValue(forKey: token.number) != nil else { return }
        self.dropCancelled()
    }

    /// Removes and returns the next action that is due at `now`, if there is one.
    package mutating func popDue(at now: UInt64) -> (() -> Void)? {
        guard let first = self.heap.min, first.deadline <= now else { return nil }
        self.heap.removeMin()
        let action = self.actions.removeValue(forKey: first.number)
        self.dropCancelled()
        return action
    }

    /// Keeps a live timer at the top, and removes cancelled ones further down before they outnumber the live ones.
    private mutating func dropCancelled() {
        while let first = self.heap.min, self.actions[first.number] == nil { self.heap.removeMin() }
        if self.heap.count > 64, self.heap.count > 2 * self.actions.count {
            self.heap = Heap(self.heap.unordered.filter { self.actions[$0.number] != nil })
        }
    }
}
