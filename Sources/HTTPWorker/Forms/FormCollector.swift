/// Collects the values of a form in order, and nests them by their names.
struct FormCollector<Leaf: Sendable> {
    /// The indexes of values, by the bytes of their names.
    private var places: [[UInt8]: Int] = [:]
    private var values: [(name: FormName, values: [Leaf])] = []

    mutating func add(_ value: Leaf, named bytes: [UInt8]) {
        if let place = self.places[bytes] {
            self.values[place].values.append(value)
            return
        }
        let name = FormName(bytes)
        guard !name.isTooDeep else { return }
        self.places[bytes] = self.values.endIndex
        self.values.append((name, [value]))
    }

    private func tree(_ builder: FormTreeBuilder<Leaf>) throws(FormError) -> FormTree<Leaf> {
        for (name, values) in self.values { try builder.mount(values, at: name) }
        return builder.tree
    }
}

extension FormCollector<String> {
    /// The last value of a name counts; an empty one is replaced by entries and lists.
    func tree() throws(FormError) -> FormTree<String> {
        try self.tree(FormTreeBuilder(keepsLast: true, replacesByEntries: true) { $0.utf8.isEmpty })
    }
}

extension FormCollector<Upload> {
    /// The first file of a name counts; none is empty.
    func tree() throws(FormError) -> FormTree<Upload> {
        try self.tree(FormTreeBuilder(keepsLast: false, replacesByEntries: false) { _ in false })
    }
}
