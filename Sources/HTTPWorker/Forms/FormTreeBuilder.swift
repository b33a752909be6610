/// Puts values at the places that their names determine, by the rules of RoadRunner's `http` plugin (`mount` and
/// `prepareTreeNode`).
///
/// RoadRunner processes the names in random order. If the order makes a difference (`a=1&a[]=2`) the later one counts here, which
/// is one of RoadRunner's possible results.
struct FormTreeBuilder<Leaf: Sendable> {
    private enum Node {
        case leaf(Leaf)
        case list([Leaf])
        case entries(Entries)
    }

    /// A class, so it changes in place: a copy for each value would make long forms quadratic.
    private final class Entries {
        var nodes: [[UInt8]: Node] = [:]
    }

    /// Whether the last of several values of one name counts; otherwise the first does.
    private let keepsLast: Bool
    /// Whether `a[][b]` replaces the value of `a`. With files RoadRunner closes the connection instead.
    private let replacesByEntries: Bool
    private let isEmpty: (Leaf) -> Bool
    private let entries = Entries()

    init(keepsLast: Bool, replacesByEntries: Bool, isEmpty: @escaping (Leaf) -> Bool) {
        self.keepsLast = keepsLast
        self.replacesByEntries = replacesByEntries
        self.isEmpty = isEmpty
    }

    var tree: FormTree<Leaf> { self.entries.nodes.isEmpty ? .missing : Self.tree(.entries(self.entries)) }

    private static func tree(_ node: Node) -> FormTree<Leaf> {
        switch node {
        case .leaf(let value): .leaf(value)
        case .list(let values): .list(values.map { .leaf($0) })
        case .entries(let entries):
            .object(FormEntries(entries.nodes.map { (String(decoding: $0.key, as: UTF8.self), Self.tree($0.value)) }))
        }
    }

    /// - Throws: ``FormError/Code/conflictingNames``.
    func mount(_ values: [Leaf], at name: FormName) throws(FormError) {
        try self.mount(values, name.parts[...], name, in: self.entries)
    }

    private func mount(
        _ values: [Leaf], _ parts: ArraySlice<[UInt8]>, _ name: FormName, in entries: Entries
    ) throws(FormError) {
        guard let first = parts.first, let value = self.keepsLast ? values.last : values.first else { return }
        let rest = parts.dropFirst()
        let isValue = rest.isEmpty || (rest.count == 1 && rest.first == [])
        let isEmpty = values.count == 1 && self.isEmpty(value)
        let node = entries.nodes[first]
        switch node {
        case .entries(let below):
            guard isValue else { return try self.mount(values, rest, name, in: below) }
            guard isEmpty else { throw FormError.conflict(name) }
            return
        case .leaf, .list:
            guard !self.isEmpty(node) else { break }
            if let next = rest.first, !next.isEmpty || (!isValue && !self.replacesByEntries) { throw FormError.conflict(name) }
            if isEmpty { return }
        case nil: break
        }
        if isValue {
            entries.nodes[first] = rest.isEmpty ? .leaf(value) : .list(values)
            return
        }
        let below = Entries()
        entries.nodes[first] = .entries(below)
        try self.mount(values, rest, name, in: below)
    }

    private func isEmpty(_ node: Node?) -> Bool {
        switch node {
        case .leaf(let value): self.isEmpty(value)
        case .list(let values): values.isEmpty || (values.count == 1 && self.isEmpty(values[0]))
        case .entries, nil: false
        }
    }
}
