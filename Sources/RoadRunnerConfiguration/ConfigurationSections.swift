/// Sections as RoadRunner's configuration library reads them: it splits the values by their paths, expands them, and rebuilds the
/// sections from them.
///
/// Its oddities are kept, since RoadRunner's plugins see them too:
/// * a key with dots becomes nested maps;
/// * empty maps and lists are dropped, unless their section has nothing else;
/// * a list that contains strings keeps only those, expanded; values nested deeper in a list stay unchanged.
///
/// Source: RoadRunner's plugin `config` 5.1.9, and the library viper.
struct ConfigurationSections {
    /// The values as written in the file.
    private let file: [String: ConfigurationValue]
    /// The values rebuilt from their paths, expanded.
    private var settings: [String: ConfigurationValue] = [:]
    /// The sections that replace those of a file that includes this one.
    private(set) var included: [String: ConfigurationValue] = [:]

    /// - Parameter lookUp: returns the value of a variable.
    init(_ file: [String: ConfigurationValue], _ lookUp: (String) -> String?) {
        self.file = file
        var leaves: [(path: [Substring], value: ConfigurationValue)] = []
        Self.collect(.map(file), at: "", into: &leaves)
        for (path, value) in leaves {
            let value = value.expanded(lookUp)
            if value != .list([]) { Self.set(value, at: path[...], in: &self.settings) }
            if value != .null { Self.set(value, at: path[...], in: &self.included) }
        }
    }

    subscript(section: String) -> ConfigurationValue? { self.settings[section] ?? self.file[section] }

    var root: ConfigurationValue {
        .map(self.file.filter { !$0.key.utf8.contains(Self.separator) }.merging(self.settings) { _, set in set })
    }

    /// Replaces the sections that `other` has.
    mutating func include(_ other: ConfigurationSections) {
        self.settings.merge(other.included) { _, included in included }
    }

    // MARK: Paths

    private static let separator = UInt8(ascii: ".")

    private static func collect(
        _ value: ConfigurationValue, at path: String, into leaves: inout [(path: [Substring], value: ConfigurationValue)]
    ) {
        guard case .map(let entries) = value else {
            leaves.append((path.split(separator: ".", omittingEmptySubsequences: false), value))
            return
        }
        // Where two keys are the same path, the order decides; RoadRunner's order is random.
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            Self.collect(value, at: path.isEmpty ? key : "\(path).\(key)", into: &leaves)
        }
    }

    private static func set(
        _ value: ConfigurationValue, at path: ArraySlice<Substring>, in map: inout [String: ConfigurationValue]
    ) {
        guard let first = path.first.map(String.init) else { return }
        guard path.count > 1 else {
            map[first] = value
            return
        }
        var inner = map[first]?.map ?? [:]
        map[first] = nil
        Self.set(value, at: path.dropFirst(), in: &inner)
        map[first] = .map(inner)
    }
}

extension ConfigurationValue {
    /// The value with its variables expanded where RoadRunner expands them: in strings, and in lists that contain strings.
    fileprivate func expanded(_ lookUp: (String) -> String?) -> ConfigurationValue {
        switch self {
        case .string(let text):
            return .string(VariableExpansion.expand(text, lookUp))
        case .list(let elements):
            let texts = elements.compactMap(\.string)
            return texts.isEmpty ? self : .list(texts.map { .string(VariableExpansion.expand($0, lookUp)) })
        case .null, .bool, .integer, .number, .map:
            return self
        }
    }
}
