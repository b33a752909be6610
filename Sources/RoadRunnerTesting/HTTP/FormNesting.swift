/// Values of a form, nested by their names as RoadRunner's `http` plugin nests them.
struct FormNesting<Leaf: Sendable>: Sendable {
    private indirect enum Node {
        case leaf(Leaf)
        case list([Leaf])
        case object(FormNesting)
    }

    /// The maximum number of parts of a name. RoadRunner drops values whose names have more.
    private static var maximumDepth: Int { 127 }

    private var entries: [[UInt8]: Node] = [:]

    var isEmpty: Bool { self.entries.isEmpty }

    init() {}

    /// - Parameter choice: selects one of several values with the same name, unless the name ends in `[]`.
    init(_ values: [(name: [UInt8], value: Leaf)], choice: ([Leaf]) -> Leaf?) throws(TestWorkerError) {
        var order: [[UInt8]] = []
        var groups: [[UInt8]: [Leaf]] = [:]
        for (name, value) in values {
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(value)
        }
        for name in order {
            let parts = Self.parts(of: name)
            guard parts.count <= Self.maximumDepth, let values = groups[name], let chosen = choice(values) else { continue }
            try self.mount(chosen, values, at: parts[...], name)
        }
    }

    private mutating func mount(
        _ value: Leaf, _ values: [Leaf], at parts: ArraySlice<[UInt8]>, _ name: [UInt8]
    ) throws(TestWorkerError) {
        guard let first = parts.first else { return }
        let rest = parts.dropFirst()
        let isList = rest.count == 1 && rest.first?.isEmpty == true
        switch self.entries[first] {
        case nil, .leaf, .list:
            if rest.isEmpty {
                self.entries[first] = .leaf(value)
            } else if isList {
                self.entries[first] = .list(values)
            } else if self.entries[first] == nil {
                var inner = FormNesting()
                try inner.mount(value, values, at: rest, name)
                self.entries[first] = .object(inner)
            } else {
                throw Self.conflict(name)
            }
        case .object(var inner):
            guard !rest.isEmpty, !isList else { throw Self.conflict(name) }
            try inner.mount(value, values, at: rest, name)
            self.entries[first] = .object(inner)
        }
    }

    private static func conflict(_ name: [UInt8]) -> TestWorkerError {
        TestWorkerError(
            .refusedRequest,
            """
            RoadRunner refuses this form itself, with status 500, and no worker sees it: the name \
            "\(String(decoding: name, as: UTF8.self))" requires entries where another name has a value, or vice versa
            """)
    }

    /// Splits a name: `a[b][]` has the parts `a`, `b` and an empty one; spaces are removed.
    private static func parts(of name: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        var previous: UInt8?
        for byte in name where byte != UInt8(ascii: " ") {
            let startsPart = previous == UInt8(ascii: "[") || previous == UInt8(ascii: "]")
            switch byte {
            case UInt8(ascii: "["): break
            case UInt8(ascii: "]"): if previous == UInt8(ascii: "[") { parts.append([]) }
            default:
                if startsPart { parts.append([]) }
                parts[parts.count - 1].append(byte)
            }
            previous = byte
        }
        return parts
    }

    /// Encodes it as Go does: entries sorted by name.
    func json(_ leaf: (Leaf) -> [UInt8]) -> [UInt8] {
        let entries = self.entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { name, node -> [UInt8] in
            let value =
                switch node {
                case .leaf(let value): leaf(value)
                case .list(let values): GoJSON.joined(values.map(leaf), "[", "]")
                case .object(let inner): inner.json(leaf)
                }
            return GoJSON.string(name) + [UInt8(ascii: ":")] + value
        }
        return GoJSON.joined(entries, "{", "}")
    }

    func map<Other>(_ transform: (Leaf) throws -> Other) rethrows -> FormNesting<Other> {
        var mapped = FormNesting<Other>()
        for (name, node) in self.entries {
            switch node {
            case .leaf(let value): mapped.entries[name] = .leaf(try transform(value))
            case .list(let values): mapped.entries[name] = .list(try values.map(transform))
            case .object(let inner): mapped.entries[name] = .object(try inner.map(transform))
            }
        }
        return mapped
    }
}
