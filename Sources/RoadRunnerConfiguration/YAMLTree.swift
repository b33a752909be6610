import Yams

/// YAML as a tree of configuration values.
enum YAMLTree {
    private static let maximumDepth = 64
    /// Aliases can make a short file stand for a huge tree.
    private static let maximumValues = 100_000

    /// The tag of scalars without quotes and tags, which ``PlainScalar`` reads.
    private static let plain = Tag.Name(rawValue: "plain")

    /// Parses the first document; RoadRunner ignores further ones too.
    static func parse(_ yaml: String, _ path: String) throws(ConfigurationFileError) -> [String: ConfigurationValue] {
        let node: Node?
        do {
            let text = yaml.unicodeScalars.first == "\u{FEFF}" ? String(yaml.unicodeScalars.dropFirst()) : yaml
            var documents = try Yams.compose_all(yaml: text, Resolver.basic.appending(Self.plain, "^"))
            node = documents.next()
            if let error = documents.error { throw error }
        } catch {
            throw .malformed(path, Self.problem(error))
        }
        var budget = Self.maximumValues
        guard let node, case .map(let root) = try Self.value(node, depth: 0, &budget, path) else {
            throw .malformed(path, "it must be a map of sections, such as \"version\", \"server\" and \"http\"")
        }
        return root
    }

    /// Describes an error and its place. The error's own text quotes the line, which may hold a password.
    private static func problem(_ error: any Error) -> String {
        func at(_ mark: Mark, _ problem: String) -> String { "line \(mark.line), column \(mark.column): \(problem)" }
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
            .composer(_, let problem, let mark, _)?:
            return at(mark, problem)
        case .reader(let problem, let offset, _, _)?:
            return offset.map { "\(problem) at character \($0)" } ?? problem
        case .duplicatedKeysInMapping(_, let context)?:
            return at(context.mark, "the map has this key twice")
        case .memory?:
            return "there is not enough memory to read it"
        default:
            return "it is not YAML"
        }
    }

    private static func value(
        _ node: Node, depth: Int, _ budget: inout Int, _ path: String
    ) throws(ConfigurationFileError) -> ConfigurationValue {
        budget -= 1
        guard budget >= 0 else { throw .malformed(path, "it has more than \(Self.maximumValues) values") }
        guard depth < Self.maximumDepth else { throw .malformed(path, "it is nested more than \(Self.maximumDepth) levels deep") }
        switch node {
        case .scalar(let scalar):
            return Self.scalar(node.tag, scalar.string)
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
            if name == "<<", key.tag != Tag(.str) {
                // A merge: a map, or a list of maps of which the first wins.
                for source in [value] + (value.list ?? []) { merged.merge(source.map ?? [:]) { first, _ in first } }
            } else {
                own[name.lowercased()] = value
            }
        }
        return merged.merging(own) { _, own in own }
    }

    private static func scalar(_ tag: Tag, _ text: String) -> ConfigurationValue {
        switch tag {
        case Tag(Self.plain), Tag(.null), Tag(.bool), Tag(.int):
            return PlainScalar.value(text)
        case Tag(.float):
            let value = PlainScalar.value(text)
            if case .integer(let number) = value { return .number(Double(number)) }
            return value
        default:
            return .string(text)
        }
    }
}
