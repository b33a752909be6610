/// Puts values where their names say, by the rules of RoadRunner's `http` plugin (`mount` and `prepareTreeNode`).
///
/// RoadRunner takes the names in no particular order. Where the order makes a difference (`a=1&a[]=2`) what comes later counts here,
/// which is one of the things that RoadRunner may do.
struct FormTreeBuilder<Leaf: Sendable> {
    private enum Node {
        case leaf(Leaf)
        case list([Leaf])
        case entries([[UInt8]: Node])
    }

    /// Of several values of one name; otherwise the first counts.
    private let keepsLast: Bool
    /// Whether `a[][b]` replaces the value of `a`. With files RoadRunner breaks the connection off instead.
    private let replacesByEntries: Bool
    private let isEmpty: (Leaf) -> Bool
    private var entries: [[UInt8]: Node] = [:]

    init(keepsLast: Bool, replacesByEntries: Bool, isEmpty: @escaping (Leaf) -> Bool) {
        self.keepsLast = keepsLast
        self.replacesByEntries = replacesByEntries
        self.isEmpty = isEmpty
    }

    var tree: FormTree<Leaf> { self.entries.isEmpty ? .missing : Self.tree(.entries(self.entries)) }

    private static func tree(_ node: Node) -> FormTree<Leaf> {
        switch node {
        case .leaf(let value): .leaf(value)
        case .list(let values): .list(values.map { .leaf($0) })
        case .entries(let entries):
            .object(FormEntries(entries.map { (String(decoding: $0.key, as: UTF8.self), Self.tree($0.value)) }))
        }
    }

    /// - Throws: ``FormError/Code/conflictingNames``.
    mutating func mount(_ values: [Leaf], at name: FormName) throws(FormError) {
        try self.mount(values, name.parts[...], name, in: &self.entries)
    }

    private func mount(
        _ values: [Leaf], _ parts: ArraySlice<[UInt8]>, _ name: FormName, in entries: inout [[UInt8]: Node]
    ) throws(FormError) {
        guard let first = parts.first, let value = self.keepsLast ? values.last : values.first else { return }
        let rest = parts.dropFirst()
        let isValue = rest.isEmpty || (rest.count == 1 && rest.first == [])
        let isEmpty = values.count == 1 && self.isEmpty(value)
        // The entry is taken out while it changes, so that it is not copied.
        var entry = entries.removeValue(forKey: first)
        defer { entries[first] = entry }
        switch entry {
        case .entries:
            guard isValue else { break }
            guard isEmpty else { throw FormError.conflict(name) }
            return
        case .leaf, .list:
            guard !self.isEmpty(entry) else { break }
            if let next = rest.first, !next.isEmpty || (!isValue && !self.replacesByEntries) { throw FormError.conflict(name) }
            if isEmpty { return }
        case nil: break
        }
        if isValue {
            entry = rest.isEmpty ? .leaf(value) : .list(values)
            return
        }
        var below: [[UInt8]: Node] = [:]
        if case .entries(let existing) = entry { below = existing }
        entry = nil
        try self.mount(values, rest, name, in: &below)
        entry = .entries(below)
    }

    private func isEmpty(_ node: Node?) -> Bool {
        switch node {
        case .leaf(let value): self.isEmpty(value)
        case .list(let values): values.isEmpty || (values.count == 1 && self.isEmpty(values[0]))
        case .entries, nil: false
        }
    }
}
