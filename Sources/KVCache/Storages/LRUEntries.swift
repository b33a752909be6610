import Goridge

/// A dictionary that knows its least recently used entry. A value without I/O.
struct LRUEntries<Value: Sendable>: Sendable {
    private struct Node: Sendable {
        var key: String
        var value: Value
        var newer: Int?
        var older: Int?
    }

    private var positions: [ExactString: Int] = [:]
    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var newest: Int?
    private var oldest: Int?

    var count: Int { self.positions.count }
    /// The key of the least recently used entry.
    var oldestKey: String? { self.oldest.flatMap { self.nodes[$0]?.key } }

    /// For tests: returns a value without marking it as used.
    func peek(_ key: String) -> Value? { self.positions[ExactString(key)].flatMap { self.nodes[$0]?.value } }

    mutating func use(_ key: String) -> Value? {
        guard let position = self.positions[ExactString(key)], let node = self.nodes[position] else { return nil }
        self.unlink(position)
        self.link(position)
        return node.value
    }

    /// - Returns: the previous value.
    @discardableResult
    mutating func set(_ key: String, _ value: Value) -> Value? {
        let old = self.remove(key)
        let node = Node(key: key, value: value)
        let position: Int
        if let free = self.free.popLast() {
            position = free
            self.nodes[position] = node
        } else {
            position = self.nodes.count
            self.nodes.append(node)
        }
        self.positions[ExactString(key)] = position
        self.link(position)
        return old
    }

    /// - Returns: the removed value.
    @discardableResult
    mutating func remove(_ key: String) -> Value? {
        guard let position = self.positions.removeValue(forKey: ExactString(key)), let node = self.nodes[position] else {
            return nil
        }
        self.unlink(position)
        self.nodes[position] = nil
        self.free.append(position)
        return node.value
    }

    private mutating func link(_ position: Int) {
        self.nodes[position]?.older = self.newest
        self.nodes[position]?.newer = nil
        if let newest = self.newest { self.nodes[newest]?.newer = position }
        self.newest = position
        if self.oldest == nil { self.oldest = position }
    }

    private mutating func unlink(_ position: Int) {
        guard let node = self.nodes[position] else { return }
        if let newer = node.newer { self.nodes[newer]?.older = node.older } else { self.newest = node.older }
        if let older = node.older { self.nodes[older]?.newer = node.newer } else { self.oldest = node.newer }
    }
}
