import Yams

/// YAML as a tree of configuration values.
enum YAMLTree {
    private static let maximumDepth = 64
    /// Aliases can make a short file stand for a huge tree.
    private static let maximumValues = 100_000

    static func parse(_ yaml: String, _ path: String) throws(ConfigurationFileError) -> ConfigurationValue {
        let node: Node?
        do { node = try Yams.compose(yaml: yaml) } catch { throw .malformed(path, "\(error)") }
        var budget = Self.maximumValues
        guard let node, case .map(let root) = try Self.value(node, depth: 0, &budget, path) else {
            throw .malformed(path, "it must be a map of sections, such as \"version\", \"server\" and \"http\"")
        }
        return .map(root)
    }

    private static func value(
        _ node: Node, depth: Int, _ budget: inout Int, _ path: String
    ) throws(ConfigurationFileError) -> ConfigurationValue {
        budget -= 1
        guard budget >= 0 else { throw .malformed(path, "it has more than \(Self.maximumValues) values") }
        guard depth < Self.maximumDepth else { throw .malformed(path, "it is nested more than \(Self.maximumDepth) levels deep") }
        switch node {
        case .scalar(let scalar):
            return Self.scalar(node, scalar.string)
        case .sequence(let sequence):
            var elements: [ConfigurationValue] = []
            for element in sequence { elements.append(try Self.value(element, depth: depth + 1, &budget, path)) }
            return .list(elements)
        case .mapping(let mapping):
            return .map(try Self.map(mapping, depth: depth, &budget, path))
        case .alias:
            throw .malformed(path, "it refers to an anchor that does not exist")
        }
    }

    private static func map(
        _ mapping: Node.Mapping, depth: Int, _ budget: inout Int, _ path: String
    ) throws(ConfigurationFileError) -> [String: ConfigurationValue] {
        var merged: [String: ConfigurationValue] = [:]
        var own: [String: ConfigurationValue] = [:]
        for (key, value) in mapping {
            let value = try Self.value(value, depth: depth + 1, &budget, path)
            let name = key.string ?? ""
            if name == "<<" {
                // A merge: a map, or a list of maps of which the first wins.
                for source in [value] + (value.list ?? []) { merged.merge(source.map ?? [:]) { first, _ in first } }
            } else {
                own[name.lowercased()] = value
            }
        }
        return merged.merging(own) { _, own in own }
    }

    private static func scalar(_ node: Node, _ text: String) -> ConfigurationValue {
        switch node.tag {
        case Tag(.null): .null
        case Tag(.bool): node.bool.map { .bool($0) } ?? .string(text)
        case Tag(.int): node.int.map { .integer($0) } ?? .string(text)
        case Tag(.float): node.float.map { .number($0) } ?? .string(text)
        default: .string(text)
        }
    }
}
