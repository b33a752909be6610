/// The timers of a loop, earliest first. A value without I/O.
package struct TimerHeap {
    package struct Token: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Entry {
        let deadline: UInt64
        let number: UInt64
    }

    private var heap: [Entry] = []
    private var actions: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    package init() {}

    package var count: Int { self.actions.count }

    /// The time at which the next timer is due, in nanoseconds of the monotonic clock.
    package var earliest: UInt64? { self.heap.first?.deadline }

    package mutating func schedule(at deadline: UInt64, _ action: @escaping () -> Void) -> Token {
        self.lastNumber &+= 1
        self.actions[self.lastNumber] = action
        self.heap.append(Entry(deadline: deadline, number: self.lastNumber))
        self.siftUp(from: self.heap.count - 1)
        return Token(number: self.lastNumber)
    }

    package mutating func cancel(_ token: Token) {
        guard self.actions.removeValue(forKey: token.number) != nil else { return }
        self.dropCancelled()
    }

    /// Removes and returns the next action that is due at `now`, if there is one.
    package mutating func popDue(at now: UInt64) -> (() -> Void)? {
        self.dropCancelled()
        guard let first = self.heap.first, first.deadline <= now else { return nil }
        self.removeFirst()
        let action = self.actions.removeValue(forKey: first.number)
        self.dropCancelled()
        return action
    }

    private mutating func dropCancelled() {
        while let first = self.heap.first, self.actions[first.number] == nil { self.removeFirst() }
        // Cancelled timers further down are removed before they outnumber the live ones.
        if self.heap.count > 64, self.heap.count > 2 * self.actions.count {
            let live = self.heap.filter { self.actions[$0.number] != nil }
            self.heap.removeAll(keepingCapacity: true)
            for entry in live {
                self.heap.append(entry)
                self.siftUp(from: self.heap.count - 1)
            }
        }
    }

    private mutating func removeFirst() {
        guard let last = self.heap.popLast() else { return }
        guard !self.heap.isEmpty else { return }
        self.heap[0] = last
        self.siftDown()
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.precedes(self.heap[child], self.heap[parent]) else { return }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count {
                if Self.precedes(self.heap[child], self.heap[smallest]) { smallest = child }
            }
            guard smallest != parent else { return }
            self.heap.swapAt(parent, smallest)
            parent = smallest
        }
    }

    private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        left.deadline == right.deadline ? left.number < right.number : left.deadline < right.deadline
    }
}
