/// The values of a form, nested by their names: `user[tags][]` is a list in the entry `tags` of the entry `user`.
///
/// A missing entry is ``missing``, so looking deeper never fails:
///
/// ```swift
/// let first = form["user"]["tags"][0].value   // String?
/// ```
///
/// Names nest as RoadRunner's `http` plugin nests them, in both modes; ``Form`` describes the rules.
public enum FormTree<Leaf: Sendable>: Sendable {
    /// The entry does not exist.
    case missing
    /// A single value.
    case leaf(Leaf)
    /// Values of a name that ends in `[]`, in order.
    case list([FormTree])
    /// Entries by name. Explicit indexes, as in `a[2]`, are names as well.
    case object(FormEntries<Leaf>)

    /// The value; nil if this is a list, an object, or missing.
    public var value: Leaf? {
        if case .leaf(let value) = self { value } else { nil }
    }

    /// Returns the entry of an object.
    public subscript(name: String) -> FormTree {
        if case .object(let entries) = self { entries[name] ?? .missing } else { .missing }
    }

    /// Returns the element of a list, or the entry of an object whose name is the number.
    public subscript(index: Int) -> FormTree {
        switch self {
        case .list(let elements): elements.indices.contains(index) ? elements[index] : .missing
        case .object(let entries): entries[String(index)] ?? .missing
        case .leaf, .missing: .missing
        }
    }

    /// The elements of a list; the entries of an object whose names are all numbers, in the order of the numbers; otherwise
    /// empty.
    public var elements: [FormTree] { self.numbered.map(\.value) }

    /// The entries of an object; otherwise empty.
    public var entries: FormEntries<Leaf> {
        if case .object(let entries) = self { entries } else { FormEntries([]) }
    }

    /// Whether this is missing, or has no entries.
    public var isEmpty: Bool {
        switch self {
        case .missing: true
        case .leaf: false
        case .list(let elements): elements.isEmpty
        case .object(let entries): entries.isEmpty
        }
    }

    /// All values with the names under which they were sent, sorted by the bytes of the names; elements of lists end in `[]`.
    public var leaves: [(name: String, value: Leaf)] {
        var leaves: [(name: String, value: Leaf)] = []
        self.collect(into: &leaves, name: "")
        return leaves
    }

    private func collect(into leaves: inout [(name: String, value: Leaf)], name: String) {
        switch self {
        case .missing: return
        case .leaf(let value): leaves.append((name, value))
        case .list(let elements):
            for element in elements { element.collect(into: &leaves, name: name + "[]") }
        case .object(let entries):
            for (key, entry) in entries { entry.collect(into: &leaves, name: name.isEmpty ? key : "\(name)[\(key)]") }
        }
    }
}

extension FormTree {
    /// The elements with the numbers under which they were sent; those of a list count from 0.
    var numbered: [FormElement<Leaf>] {
        switch self {
        case .list(let elements):
            return elements.enumerated().map { FormElement(number: $0.offset, name: String($0.offset), value: $0.element) }
        case .object(let entries):
            let numbered = entries.compactMap { entry in
                Int(entry.name).map { FormElement(number: $0, name: entry.name, value: entry.value) }
            }
            return numbered.count == entries.count ? numbered.sorted { $0.precedes($1) } : []
        case .leaf, .missing: return []
        }
    }

    func map<Other>(_ transform: (Leaf) -> Other) -> FormTree<Other> {
        switch self {
        case .missing: .missing
        case .leaf(let value): .leaf(transform(value))
        case .list(let elements): .list(elements.map { $0.map(transform) })
        case .object(let entries): .object(FormEntries(entries.map { ($0.name, $0.value.map(transform)) }))
        }
    }
}

extension FormTree: Equatable where Leaf: Equatable {}
extension FormTree: Hashable where Leaf: Hashable {}

extension FormTree: Encodable where Leaf: Encodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    /// Encodes the tree as RoadRunner does; a missing one is an empty object.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .missing: _ = encoder.container(keyedBy: Name.self)
        case .leaf(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .list(let elements):
            var container = encoder.singleValueContainer()
            try container.encode(elements)
        case .object(let entries):
            var container = encoder.container(keyedBy: Name.self)
            for (name, entry) in entries { try container.encode(entry, forKey: Name(stringValue: name)) }
        }
    }
}
