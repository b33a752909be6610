/// The values of a form, as their names nest them: `user[tags][]` is a list in the entry `tags` of the entry `user`.
///
/// What is not there is ``missing``, so that looking deeper never fails:
///
/// ```swift
/// let first = form["user"]["tags"][0].value   // String?
/// ```
///
/// Names nest as PHP's do, and as RoadRunner's form parser does it (RoadRunner's `http` plugin, "Form data").
public enum FormTree<Leaf: Sendable>: Sendable {
    /// There is no such entry.
    case missing
    /// One value.
    case leaf(Leaf)
    /// Values of a name that ends in `[]`, in their order.
    case list([FormTree])
    /// Entries by name. Indexes that are written down, as in `a[2]`, are names as well.
    indirect case object([String: FormTree])

    /// The value, unless this is a list, an object, or missing.
    public var value: Leaf? {
        if case .leaf(let value) = self { value } else { nil }
    }

    /// The entry of an object.
    public subscript(name: String) -> FormTree {
        if case .object(let entries) = self { entries[name] ?? .missing } else { .missing }
    }

    /// The element of a list, or the entry of an object that has the number for its name.
    public subscript(index: Int) -> FormTree {
        switch self {
        case .list(let elements): elements.indices.contains(index) ? elements[index] : .missing
        case .object(let entries): entries[String(index)] ?? .missing
        case .leaf, .missing: .missing
        }
    }

    /// The elements of a list; the entries of an object whose names are all numbers, in the numbers' order; otherwise empty.
    public var elements: [FormTree] {
        switch self {
        case .list(let elements): return elements
        case .object(let entries):
            let numbered = entries.compactMap { name, entry in Int(name).map { ($0, entry) } }
            return numbered.count == entries.count ? numbered.sorted { $0.0 < $1.0 }.map(\.1) : []
        case .leaf, .missing: return []
        }
    }

    /// The entries of an object; otherwise empty.
    public var entries: [String: FormTree] {
        if case .object(let entries) = self { entries } else { [:] }
    }

    /// Whether there is nothing here: it is missing, or has no entries.
    public var isEmpty: Bool {
        switch self {
        case .missing: true
        case .leaf: false
        case .list(let elements): elements.isEmpty
        case .object(let entries): entries.isEmpty
        }
    }

    /// All values with the names under which they were sent, sorted by name; elements of lists end in `[]`.
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
            for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
                entry.collect(into: &leaves, name: name.isEmpty ? key : "\(name)[\(key)]")
            }
        }
    }
}

extension FormTree: Equatable where Leaf: Equatable {}
extension FormTree: Hashable where Leaf: Hashable {}

extension FormTree: Decodable where Leaf: Decodable {
    /// Reads what RoadRunner makes of a form: JSON whose leaves are values.
    public init(from decoder: any Decoder) throws {
        // RoadRunner nests no deeper; whatever else wrote this must not make us go on for ever.
        guard decoder.codingPath.count <= FormName.maximumDepth else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "the form is nested deeper than \(FormName.maximumDepth) levels"))
        }
        if let value = try? decoder.singleValueContainer().decode(Leaf.self) {
            self = .leaf(value)
        } else if let elements = try? decoder.singleValueContainer().decode([FormTree].self) {
            self = .list(elements)
        } else {
            self = .object(try decoder.singleValueContainer().decode([String: FormTree].self))
        }
    }
}

extension FormTree: Encodable where Leaf: Encodable {
    /// Writes what RoadRunner makes of a form; nothing at all is an empty object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .missing: try container.encode([String: FormTree]())
        case .leaf(let value): try container.encode(value)
        case .list(let elements): try container.encode(elements)
        case .object(let entries): try container.encode(entries)
        }
    }
}

// MARK: Putting a form together

/// What to do with the second value of a name.
enum RepeatedValue {
    /// As with fields.
    case lastWins
    /// As with files.
    case firstWins
}

extension FormTree {
    /// Puts `values` where `name` says.
    ///
    /// - Throws: ``FormError/Code/conflictingNames``.
    mutating func mount(_ values: [Leaf], at name: FormName, _ rule: RepeatedValue) throws(FormError) {
        try self.mount(values, name.parts[...], name, rule)
    }

    private mutating func mount(
        _ values: [Leaf], _ parts: ArraySlice<String>, _ name: FormName, _ rule: RepeatedValue
    ) throws(FormError) {
        guard let first = parts.first, let value = rule == .lastWins ? values.last : values.first else { return }
        var entries: [String: FormTree]
        switch self {
        case .missing: entries = [:]
        case .object(let existing): entries = existing
        case .leaf, .list: throw FormError.conflict(name)
        }
        // The entry is taken out while it changes, so that it is not copied.
        self = .missing
        defer { self = .object(entries) }
        let rest = parts.dropFirst()
        var entry = entries.removeValue(forKey: first) ?? .missing
        defer { entries[first] = entry }
        if rest.isEmpty || rest.elementsEqual([""]) {
            if case .object = entry { throw FormError.conflict(name) }
            entry = rest.isEmpty ? .leaf(value) : .list(values.map { .leaf($0) })
        } else {
            try entry.mount(values, rest, name, rule)
        }
    }
}

/// The name of a field, taken apart: `user[tags][]` has the parts `user`, `tags` and an empty one.
///
/// It is read as RoadRunner's `http` plugin reads it (`fetchIndexes`), odd names included.
struct FormName: Hashable {
    /// Names of more parts are dropped, by RoadRunner as well.
    static let maximumDepth = 127

    let text: String
    let parts: [String]

    var isTooDeep: Bool { self.parts.count > Self.maximumDepth }

    init(_ text: String) {
        enum Position { case inside, afterOpening, afterClosing }
        self.text = text
        var parts = [""]
        var part = ""
        var position = Position.inside
        for scalar in text.unicodeScalars {
            switch scalar {
            case " ": continue
            case "[": position = .afterOpening
            case "]":
                if position == .afterOpening {
                    parts[parts.endIndex - 1] += part
                    part = ""
                    parts.append("")
                }
                position = .afterClosing
            default:
                if position != .inside {
                    parts[parts.endIndex - 1] += part
                    part = ""
                    parts.append("")
                }
                part.unicodeScalars.append(scalar)
                position = .inside
            }
            // What is too deep is dropped: no need to look at all of it.
            if parts.count > Self.maximumDepth { break }
        }
        parts[parts.endIndex - 1] += part
        self.parts = parts
    }
}

/// Gathers the values of a form in the order in which they come.
struct FormCollector<Leaf: Sendable> {
    private var values: [FormName: [Leaf]] = [:]
    private var order: [FormName] = []

    mutating func add(_ value: Leaf, named text: String) {
        let name = FormName(text)
        guard !name.isTooDeep else { return }
        if self.values[name]?.append(value) == nil {
            self.values[name] = [value]
            self.order.append(name)
        }
    }

    func tree(_ rule: RepeatedValue) throws(FormError) -> FormTree<Leaf> {
        var tree = FormTree<Leaf>.missing
        for name in self.order { try tree.mount(self.values[name] ?? [], at: name, rule) }
        return tree
    }
}
