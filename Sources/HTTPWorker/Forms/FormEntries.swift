/// The entries of an object of a form, sorted by the bytes of their names.
///
/// Names are compared byte for byte: an `é` of one scalar and one of two are two names, as they are for RoadRunner.
public struct FormEntries<Leaf: Sendable>: Sendable, RandomAccessCollection {
    /// One entry.
    public typealias Element = (name: String, value: FormTree<Leaf>)

    private let sorted: [Element]

    /// - Parameter entries: entries in any order, with unique names.
    init(_ entries: [Element]) {
        self.sorted = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    public var startIndex: Int { self.sorted.startIndex }
    public var endIndex: Int { self.sorted.endIndex }
    public subscript(position: Int) -> Element { self.sorted[position] }

    /// Returns the entry of that name.
    public subscript(name: String) -> FormTree<Leaf>? {
        var (low, high) = (self.sorted.startIndex, self.sorted.endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if self.sorted[middle].name.utf8.lexicographicallyPrecedes(name.utf8) { low = middle + 1 } else { high = middle }
        }
        guard low < self.sorted.endIndex, self.sorted[low].name.hasBytes(of: name) else { return nil }
        return self.sorted[low].value
    }
}

extension FormEntries: Equatable where Leaf: Equatable {
    public static func == (left: FormEntries, right: FormEntries) -> Bool {
        left.elementsEqual(right) { $0.name.hasBytes(of: $1.name) && $0.value == $1.value }
    }
}

extension FormEntries: Hashable where Leaf: Hashable {
    public func hash(into hasher: inout Hasher) {
        for (name, value) in self {
            hasher.combine(Array(name.utf8))
            hasher.combine(value)
        }
    }
}
