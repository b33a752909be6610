import NIOCore

/// A form as RoadRunner parses it before a worker gets the request.
struct ParsedForm: Sendable {
    /// The fields as JSON; empty for a form without fields.
    let fields: ByteBuffer
    let files: FormNesting<UploadedFile>
    let isMultipart: Bool

    /// Parses a URL-encoded form.
    init(fields: [(name: [UInt8], value: [UInt8])]) throws(TestWorkerError) {
        self.fields = try Self.json(fields)
        self.files = FormNesting()
        self.isMultipart = false
    }

    init(parts: [TestRequest.Body.Part]) throws(TestWorkerError) {
        var fields: [(name: [UInt8], value: [UInt8])] = []
        var files: [(name: [UInt8], value: UploadedFile)] = []
        for part in parts {
            let name = Array(part.writtenName.utf8)
            switch part.content {
            case .field(let value): fields.append((name, Array(value.utf8)))
            // Go takes a file without a name for a field.
            case .file(let file) where file.name.isEmpty: fields.append((name, Array(file.content.readableBytesView)))
            case .file(let file): files.append((name, file))
            }
        }
        self.fields = try Self.json(fields)
        // Of fields with one name the last one counts, of files the first one.
        self.files = try FormNesting(files) { $0.first }
        self.isMultipart = true
    }

    private static func json(_ fields: [(name: [UInt8], value: [UInt8])]) throws(TestWorkerError) -> ByteBuffer {
        let tree = try FormNesting(fields) { $0.last }
        return tree.isEmpty ? ByteBuffer() : ByteBuffer(bytes: tree.json(GoJSON.string))
    }
}

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

/// Encodes JSON as Go's `encoding/json` does.
enum GoJSON {
    static func joined(_ elements: [[UInt8]], _ opening: String, _ closing: String) -> [UInt8] {
        Array(opening.utf8) + Array(elements.joined(separator: [UInt8(ascii: ",")])) + Array(closing.utf8)
    }

    static func string(_ bytes: [UInt8]) -> [UInt8] {
        var json = [UInt8(ascii: "\"")]
        // Invalid UTF-8 becomes U+FFFD.
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"", "\\": json += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
            case "\u{8}": json += Array(#"\b"#.utf8)
            case "\u{C}": json += Array(#"\f"#.utf8)
            case "\n": json += Array(#"\n"#.utf8)
            case "\r": json += Array(#"\r"#.utf8)
            case "\t": json += Array(#"\t"#.utf8)
            case _ where scalar.value < 0x20 || ["<", ">", "&", "\u{2028}", "\u{2029}"].contains(scalar):
                let digits = String(scalar.value, radix: 16)
                json += Array(#"\u"#.utf8) + Array(repeating: UInt8(ascii: "0"), count: max(0, 4 - digits.utf8.count))
                json += Array(digits.utf8)
            default: json += Array(String(scalar).utf8)
            }
        }
        return json + [UInt8(ascii: "\"")]
    }
}
