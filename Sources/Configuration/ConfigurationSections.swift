/// Sections as RoadRunner's configuration library reads them: it takes the values apart by their paths, expands them, and rebuilds the sections
/// from them.
///
/// Hence its oddities, which plugins see and so do we:
/// * a key with dots is maps in each other;
/// * maps and lists with nothing in them are gone, unless there is nothing else in their section;
/// * of a list with texts in it only the texts are left, expanded; what is deeper in a list is left as it is.
///
/// Source: RoadRunner's plugin `config` 5.1.9, and the library viper.
struct ConfigurationSections {
    /// The values as they are written.
    private let file: [String: ConfigurationValue]
    /// The values as they were set again.
    private var settings: [String: ConfigurationValue] = [:]
    /// What a file that includes this one must have.
    private(set) var included: [String: ConfigurationValue] = [:]

    /// - Parameter lookUp: the value of a variable.
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
        // Where two keys are the same path the order decides; RoadRunner has none.
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
    /// The same with variables expanded where RoadRunner expands them: in texts, and in lists with texts.
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
