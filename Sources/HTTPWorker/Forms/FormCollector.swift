import OrderedCollections

/// Collects the values of a form in order, and nests them by their names.
struct FormCollector<Leaf: Sendable> {
    /// The values by the bytes of their names.
    private var values: OrderedDictionary<[UInt8], (name: FormName, values: [Leaf])> = [:]

    mutating func add(_ value: Leaf, named bytes: [UInt8]) {
        if let index = self.values.index(forKey: bytes) {
            self.values.values[index].values.append(value)
            return
        }
        let name = FormName(bytes)
        if !name.isTooDeep { self.values[bytes] = (name, [value]) }
    }

    private func tree(_ builder: FormTreeBuilder<Leaf>) throws(FormError) -> FormTree<Leaf> {
        for (name, values) in self.values.values { try builder.mount(values, at: name) }
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
