/// A value of RoadRunner's configuration.
public enum ConfigurationValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list([ConfigurationValue])
    /// A map. Its keys are in lower case: RoadRunner ignores the case of keys.
    case map([String: ConfigurationValue])

    /// The value of a key, if this is a map that has it.
    public subscript(key: String) -> ConfigurationValue? {
        guard case .map(let entries) = self else { return nil }
        return entries[key.lowercased()]
    }

    /// The string, if this is one.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The entries, if this is a map.
    public var map: [String: ConfigurationValue]? {
        if case .map(let entries) = self { entries } else { nil }
    }

    /// The elements, if this is a list.
    public var list: [ConfigurationValue]? {
        if case .list(let elements) = self { elements } else { nil }
    }
}
